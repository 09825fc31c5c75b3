import type { Command } from "commander";
import type { SwitchboardClient } from "../../index.ts";
import { CliError, failedError, interruptedError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { type Bot, findBot } from "../find-bot.ts";
import { createPairingScreen, type Pairing } from "../pairing-screen.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";
import { pause } from "../wait-for-bot.ts";

/** A new code is on show within this. */
const POLL_MS = 500;
/** After this without a worker taking it up, somebody should look whether one runs. */
const POLLS_BEFORE_HINT = 20;

const failureWords: Readonly<Record<string, string>> = {
  expired: "Nobody scanned or typed the code in time.",
  "wrong-code": "The phone was given another code. Ask for a new one and type it as it is shown.",
  "passkey-required": "WhatsApp asks for a passkey on the phone, which a linked device cannot give. Use the QR code.",
  refused:
    "WhatsApp refused to link the device. Wait a while, and see on the phone whether it has linked devices left.",
  connection: "The connection to WhatsApp broke. See whether the worker has a network, and try again.",
};

/** pair: links a bot to a phone. */
export function addPairCommand(program: Command, start: Start): void {
  const command = program
    .command("pair <bot>")
    .description("link a bot to a phone: shows a QR code, or with --code a code to type; Ctrl-C cancels")
    .option("--code <phone>", "show a pairing code for this phone number instead, for example +34600000000")
    .action((bot: string, options: { code?: string }) => start((session) => pair(session, bot, options.code)));
  addExamples(command, [
    ["sb pair reception", "draw a QR code to scan"],
    ["sb pair reception --code +34600000000", "show a code to type on that phone"],
  ]);
}

async function pair(session: Session, idOrName: string, phoneNumber: string | undefined): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const pairing = phoneNumber === undefined ? { method: "qr" as const } : { method: "code" as const, phoneNumber };
  await client.bots.pairing.request.mutate({ botId: bot.id, pairing });
  try {
    await followPairing(session, client, bot);
  } catch (err) {
    if (!session.terminal.interrupted.aborted) throw err;
    await session.lastingClient().bots.pairing.cancel.mutate({ botId: bot.id });
    session.output.progress("The pairing is cancelled.");
    throw interruptedError();
  }
}

async function followPairing(session: Session, client: SwitchboardClient, bot: Bot): Promise<void> {
  const screen = createPairingScreen(session, bot.name);
  for (let polls = 0; ; polls++) {
    const pairing = await client.bots.pairing.get.query({ botId: bot.id });
    screen.show(pairing);
    if (isOver(pairing)) return finish(session, client, bot, pairing);
    if (polls === POLLS_BEFORE_HINT && pairing.state === "waiting") screen.note(await whyWaiting(client));
    await pause(POLL_MS, session.terminal.interrupted);
  }
}

const isOver = ({ state }: Pairing): boolean => ["linked", "expired", "failed", "idle"].includes(state);

async function finish(session: Session, client: SwitchboardClient, bot: Bot, pairing: Pairing): Promise<void> {
  if (pairing.state === "linked") {
    const { phoneNumber } = await client.bots.get.query({ botId: bot.id });
    const phone = phoneNumber === null ? "" : ` to +${phoneNumber}`;
    return session.output.line(`${bot.name} is linked${phone}.`);
  }
  if (pairing.state === "idle") throw failedError("Somebody else cancelled the pairing.");
  const reason = pairing.reason ?? "expired";
  throw new CliError(
    `pairing-${reason}`,
    exitCodes.failure,
    failureWords[reason] ?? "The pairing failed.",
    "Try again with `sb pair`.",
  );
}

async function whyWaiting(client: SwitchboardClient): Promise<string> {
  const { status } = await client.system.health.query();
  return status === "ok"
    ? "The worker has not taken it up yet."
    : "No worker is running: start Switchboard with `npm start`.";
}
