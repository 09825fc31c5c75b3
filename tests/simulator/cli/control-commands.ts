import type { Command } from "commander";
import { control } from "../control/control-client.ts";
import { printAnswer } from "./print-answer.ts";

type Options = Readonly<Record<string, unknown>>;

/** Adds the commands that talk to a running simulator. */
export function addControlCommands(program: Command): void {
  const ask = async (command: string, body?: object) => {
    const { control: baseUrl, json } = program.opts<{ control: string; json?: boolean }>();
    const answer = await control(baseUrl, command, body);
    printAnswer(answer, json === true);
    return answer;
  };
  const send = async (command: string, body?: object) => void (await ask(command, body));
  addPeopleCommands(program, send);
  addCallCommand(program, ask);
  addTextCommand(program, send);
  addFaultCommand(program, send);
  addJudgeCommands(program, send);
}

type Ask = (command: string, body?: object) => Promise<unknown>;
type Send = (command: string, body?: object) => Promise<void>;

function addPeopleCommands(program: Command, send: Send): void {
  program
    .command("phone <number>")
    .description("create a phone with which bots can be linked")
    .option("--name <name>", "push name")
    .option("--lid <digits>", "LID; made up when left out")
    .action((phoneNumber, { name, lid }: Options) => send("POST /phones", { phoneNumber, pushName: name, lid }));
  program
    .command("contact [number]")
    .description("create somebody who calls and writes; without a number one is made up")
    .option("--name <name>")
    .option("--lid <digits>", "LID; alone it makes somebody without a number")
    .option("--devices <count>", "devices, the phone included", Number)
    .action((phoneNumber, options: Options) => send("POST /contacts", { phoneNumber, ...options }));
  program
    .command("people")
    .description("list phones and contacts")
    .action(() => send("GET /people"));
  program
    .command("scan <phone> <qr>")
    .description("scan the text of a QR code with a phone")
    .action((phone, qr) => send(`POST /phones/${phone}/scan`, { qr }));
  program
    .command("code <phone> <code>")
    .description("type a pairing code on a phone")
    // Codes are shown in two groups.
    .action((phone, code: string) => send(`POST /phones/${phone}/code`, { code: code.replaceAll("-", "") }));
  program
    .command("unlink <phone>")
    .description("remove linked devices from a phone")
    .option("--device <id>", "only this one", Number)
    .action((phone, { device }: Options) => send(`POST /phones/${phone}/unlink`, { device }));
  program
    .command("inbox <person>")
    .description("list what somebody's phone has received")
    .action((person) => send(`GET /people/${person}/inbox`));
}

function addCallCommand(program: Command, ask: Ask): void {
  program
    .command("call")
    .description("place a call and print what happens to it")
    .requiredOption("--from <person>", "number or LID; an unknown number becomes a contact")
    .requiredOption("--to <phone>", "number of the phone")
    .option("--as <space>", "show the caller by pn or lid")
    .option("--video", "a video call")
    .option("--group <id>", "a call in this group")
    .option("--no-caller-pn", "a LID call that hides the number")
    .option("--first <child>", "announce with offer, offer_notice, relaylatency, transport or preaccept")
    .option("--offline", "mark the offer as late")
    .option("--at <time>", "moment of the call, ISO 8601")
    .option("--compressed", "deflate the offer")
    .option("--wait <ms>", "how long to ring before the caller gives up", Number, 30_000)
    .action(async ({ video, callerPn, wait, ...options }: Options) => {
      const kind = video === true ? "video" : "voice";
      const placed = await ask("POST /calls", { ...options, kind, withCallerPn: callerPn });
      const id = idOf(placed);
      const settled = await ask(`GET /calls/${id}/settled?timeoutMs=${wait}`);
      if (isRinging(settled)) await ask(`POST /calls/${id}/time-out`, {});
    });
}

function addTextCommand(program: Command, send: Send): void {
  program
    .command("text")
    .description("send a text to a phone's linked devices")
    .requiredOption("--from <person>")
    .requiredOption("--to <phone>")
    .option("--as <space>", "show the sender by pn or lid")
    .option("--corrupted", "spoil the ciphertext, so that it must be asked for again")
    .argument("<text>")
    .action((text, options: Options) => send("POST /messages", { text, ...options }));
}

function addFaultCommand(program: Command, send: Send): void {
  program
    .command("fault <name>")
    .description("make something go wrong; see the README for the names")
    .option("--phone <number>")
    .option("--code <code>", "HTTP status, stream error or ack error", Number)
    .option("--count <count>", "how often", Number)
    .option("--xmlns <namespace>", "namespace of queries")
    .option("--delay-ms <ms>", "delay of queries", Number)
    .option("--defect <defect>", "defect of the certificate")
    .option("--active", "the time-lock is on")
    .action((fault, options: Options) => send("POST /faults", { fault, ...options }));
}

function addJudgeCommands(program: Command, send: Send): void {
  program
    .command("violations")
    .description("list what clients did wrong")
    .option("--clear", "and forget it")
    .action(async ({ clear }: Options) => {
      await send("GET /violations");
      if (clear === true) await send("DELETE /violations");
    });
  program
    .command("status")
    .description("say where the simulator is and how it goes")
    .action(() => send("GET /status"));
  program
    .command("transcript")
    .description("print what happened")
    .option("--after <sequence>", "only later events", Number, 0)
    .option("--kind <kind>", "only events of this kind")
    .action(({ after, kind }: Options) => {
      const wantedKind = typeof kind === "string" ? `&kind=${encodeURIComponent(kind)}` : "";
      return send(`GET /transcript?after=${after}${wantedKind}`);
    });
}

function idOf(answer: unknown): string {
  const isNamed = typeof answer === "object" && answer !== null && "id" in answer;
  if (!isNamed) throw new Error("the simulator named no call");
  return String(answer.id);
}

function isRinging(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "state" in answer && answer.state === "ringing";
}
