import type { Command } from "commander";
import type { SwitchboardOutputs } from "../../index.ts";
import { usageError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { findKey } from "../find-key.ts";
import { addConfirmOption, confirmed, type PasswordOptions } from "../passwords.ts";
import { createRecipientFile, readPublicJwk, signChallenge, thumbprintOf } from "../recipient-file.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

type Recipient = SwitchboardOutputs["keys"]["recipient"]["get"];

interface SetOptions extends PasswordOptions {
  readonly public?: string;
  readonly proof?: string;
  readonly private?: string;
}

interface SignOptions {
  readonly private: string;
  readonly keyId: string;
  readonly challenge: string;
}

/** keys recipient show, create, challenge, sign, set, remove. */
export function addRecipientCommands(keys: Command, start: Start): void {
  const recipient = keys.command("recipient").description("the key that sessions are sealed to for an API key");
  recipient
    .command("show <key>")
    .description("the recipient key of an API key, by id or name")
    .action((key: string) => start((session) => show(session, key)));
  recipient
    .command("create")
    .description("make a private key in a new file, for the microservice; shows the public half")
    .requiredOption("--out <file>", "where to write it; only its owner may read it")
    .action(({ out }: { out: string }) => start((session) => create(session, out)));
  recipient
    .command("challenge <key>")
    .description("ask for a challenge that the owner of the private key has to sign within five minutes")
    .requiredOption("--public <file>", "the public key, as JWK")
    .action((key: string, options: { public: string }) => start((session) => ask(session, key, options.public)));
  recipient
    .command("sign")
    .description("sign a challenge where the private key is; needs no api")
    .requiredOption("--private <file>", "the private key, as JWK; it stays where it is")
    .requiredOption("--key-id <id>", "the id of the API key")
    .requiredOption("--challenge <text>", "the challenge")
    .action((options: SignOptions) => start((session) => signOffline(session, options)));
  addConfirmOption(recipient.command("set <key>").description("register a recipient key; it replaces the present one"))
    .option("--public <file>", "the public key, together with --proof")
    .option("--proof <text>", "the signed challenge")
    .option("--private <file>", "the private key, where it is on this machine: signs here and sends the public half")
    .action((key: string, options: SetOptions) => start((session) => set(session, key, options)));
  addConfirmOption(recipient.command("remove <key>").description("seal nothing for this API key any more")).action(
    (key: string, options: PasswordOptions) => start((session) => remove(session, key, options)),
  );
  addExamples(recipient, [
    ["sb keys recipient create --out reader.jwk", "on the machine of the microservice"],
    ["sb keys recipient challenge reader --public reader.pub.jwk", "as an admin"],
    ["sb keys recipient set reader --private reader.jwk", "all in one, where both are on one machine"],
  ]);
}

async function show(session: Session, idOrName: string): Promise<void> {
  const client = session.client();
  const { id: keyId } = await findKey(client, idOrName);
  showRecipient(session, await client.keys.recipient.get.query({ keyId }));
}

async function create(session: Session, path: string): Promise<void> {
  const publicJwk = await createRecipientFile(path);
  session.output.progress(`The private key is in ${path}. Whoever has it can open what is sealed to it.`);
  session.output.result(publicJwk, (output) => output.line(JSON.stringify(publicJwk)));
}

async function ask(session: Session, idOrName: string, path: string): Promise<void> {
  const client = session.client();
  const { id: keyId } = await findKey(client, idOrName);
  const publicJwk = await readPublicJwk(path);
  const { challenge, expiresAt } = await client.keys.recipient.challenge.mutate({ keyId, publicJwk: { ...publicJwk } });
  session.output.result({ keyId, thumbprint: thumbprintOf(publicJwk), challenge, expiresAt }, (output) =>
    output.fields([
      ["Key id", keyId],
      ["Thumbprint", thumbprintOf(publicJwk)],
      ["Challenge", challenge],
      ["Good until", expiresAt],
    ]),
  );
}

async function signOffline(session: Session, options: SignOptions): Promise<void> {
  const proof = await signChallenge(options.private, options.keyId, options.challenge);
  session.output.result({ proof }, (output) => output.line(proof));
}

async function set(session: Session, idOrName: string, options: SetOptions): Promise<void> {
  const client = session.client();
  const { id: keyId } = await findKey(client, idOrName);
  const input = { keyId, ...(await proven(session, keyId, options)) };
  showRecipient(session, await confirmed(session, options, () => client.keys.recipient.set.mutate(input)));
}

/** The public key with its proof: as given, or signed here. */
async function proven(session: Session, keyId: string, options: SetOptions) {
  const { public: publicFile, proof, private: privateFile } = options;
  if (privateFile !== undefined && publicFile === undefined && proof === undefined) {
    const publicJwk = { ...(await readPublicJwk(privateFile)) };
    const { challenge } = await session.client().keys.recipient.challenge.mutate({ keyId, publicJwk });
    return { publicJwk, proof: await signChallenge(privateFile, keyId, challenge) };
  }
  if (privateFile === undefined && publicFile !== undefined && proof !== undefined)
    return { publicJwk: { ...(await readPublicJwk(publicFile)) }, proof };
  throw usageError("Give --public and --proof, or --private alone.");
}

async function remove(session: Session, idOrName: string, options: PasswordOptions): Promise<void> {
  const client = session.client();
  const { id: keyId } = await findKey(client, idOrName);
  await confirmed(session, options, () => client.keys.recipient.remove.mutate({ keyId }));
  session.output.result({ keyId, recipient: null }, (output) => output.line("Nothing is sealed for this key now."));
}

function showRecipient(session: Session, answer: Recipient): void {
  session.output.result(answer, (output) => {
    if (answer.recipient === null) return output.line("This key has no recipient key.");
    const { thumbprint, registeredAt, registeredBy } = answer.recipient;
    return output.fields([
      ["Key id", answer.keyId],
      ["Thumbprint", thumbprint],
      ["Registered", `${registeredAt} by ${registeredBy}`],
    ]);
  });
}
