import { stanza } from "../wire/binary-node.ts";
import { SERVER_JID } from "../wire/jid.ts";
import type { World } from "../world.ts";
import type { Connection } from "./connection.ts";

/** Asks a companion for the account's passkey, as the server does where the account has one. No answer is understood. */
export function askForPasskey(world: World, connection: Connection): void {
  if (connection.registration) connection.registration.isPasskeyAsked = true;
  const attributes = { id: world.newStanzaId(), from: SERVER_JID, type: "passkey_prologue_request" };
  connection.send(
    stanza("notification", { ...attributes, t: world.timestamp() }, [stanza("passkey_prologue_request")]),
  );
}
