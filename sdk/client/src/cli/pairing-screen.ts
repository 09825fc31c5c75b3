import type { SwitchboardClient } from "../index.ts";
import { frameAt, secondsSince } from "./activity.ts";
import { drawQr } from "./qr-drawing.ts";
import type { Session } from "./session.ts";
import { harmless, hasColours } from "./terminal.ts";

/** A pairing as the api shows it. */
export type Pairing = Awaited<ReturnType<SwitchboardClient["bots"]["pairing"]["get"]["query"]>>;

/** Shows how a pairing goes. */
export interface PairingScreen {
  /** Call as often as the pairing was looked at; draws what changed. */
  show(pairing: Pairing): void;
  /** A line for people; what is drawn next comes below it. */
  note(text: string): void;
}

/**
 * On a terminal a new code is drawn over the last one, with a countdown below, and waiting is seen to go on. Elsewhere each code is written once. With
 * --json each change is one JSON document on one line.
 */
export function createPairingScreen(session: Session, botName: string): PairingScreen {
  const { output, terminal } = session;
  if (output.isJson) return createJsonScreen(session);
  const isLive = terminal.stdout.isTTY === true;
  let shown = "";
  let height = 0;
  const startedMs = performance.now();
  return {
    show: (pairing) => {
      const body = drawBody(session, harmless(botName), pairing);
      const lines = isLive ? drawMoving(body, pairing, startedMs) : body;
      const key = lines.join("\n");
      if (key === shown) return;
      if (isLive && height > 0) terminal.stdout.write(`\u001b[${height}A\u001b[J`);
      for (const line of lines) output.drawing(line);
      height = lines.length;
      shown = key;
    },
    note: (text) => {
      output.progress(text);
      height = 0;
    },
  };
}

function createJsonScreen({ terminal }: Session): PairingScreen {
  let shown = "";
  return {
    show: (pairing) => {
      const line = JSON.stringify(pairing);
      if (line !== shown) terminal.stdout.write(`${line}\n`);
      shown = line;
    },
    note: () => undefined,
  };
}

function drawBody({ terminal }: Session, botName: string, pairing: Pairing): string[] {
  if (pairing.qr !== undefined)
    return [
      `Scan this for ${botName}: WhatsApp on the phone > Linked devices > Link a device`,
      ...drawQr(pairing.qr, hasColours(terminal, terminal.stdout)),
    ];
  if (pairing.code !== undefined)
    return [
      `Type this for ${botName}: WhatsApp on the phone > Linked devices > Link with phone number`,
      "",
      `    ${pairing.code.replace(/^(.{4})(.{4})$/, "$1-$2")}`,
      "",
    ];
  if (pairing.state === "linking") return ["The phone has agreed; linking ..."];
  return pairing.state === "waiting" ? ["Asking WhatsApp for a code ..."] : [];
}

/** What a terminal shows of the time that passes: waiting that goes on, or how long a code is good for. */
function drawMoving(body: readonly string[], { state, expiresAt }: Pairing, startedMs: number): string[] {
  if (state === "waiting" || state === "linking")
    return body.map((line) => `${frameAt(startedMs)} ${line} ${secondsSince(startedMs)}`);
  if ((state !== "qr" && state !== "code") || expiresAt === null) return [...body];
  const seconds = Math.max(0, Math.ceil((Date.parse(expiresAt) - Date.now()) / 1_000));
  const countdown = state === "qr" ? `A new code follows in ${seconds} s.` : `Good for ${seconds} s.`;
  return [...body, `${countdown} Ctrl-C cancels.`];
}
