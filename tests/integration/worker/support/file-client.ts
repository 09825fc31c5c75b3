import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const PROGRAM = fileURLToPath(new URL("file-client-program.ts", import.meta.url));

interface Line {
  readonly event: string;
  readonly qr?: string;
  readonly text?: string | null;
  readonly reason?: string;
}

/** Baileys as it is, in a process of its own, with its session in a directory. */
export class FileClient {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Line[] = [];
  #errors = "";

  constructor(url: string, directory: string) {
    this.#process = spawn(process.execPath, [PROGRAM, "--url", url, "--directory", directory]);
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      if (line.startsWith("{")) this.#lines.push(JSON.parse(line));
    });
    this.#process.stderr.on("data", (text) => {
      this.#errors += String(text);
    });
  }

  /** The newest QR text, once there is one. */
  qr(): Promise<string> {
    return this.#until((line) => line.event === "qr").then(({ qr = "" }) => qr);
  }

  async untilOpen(): Promise<void> {
    await this.#until(({ event }) => event === "open");
  }

  /** Resolves when this text has arrived and was read. */
  async untilMessage(text: string): Promise<void> {
    await this.#until((line) => line.event === "message" && line.text === text);
  }

  /** Sends a text and resolves when Baileys has. */
  async send(jid: string, text: string): Promise<void> {
    this.#process.stdin.write(`${JSON.stringify({ jid, text })}\n`);
    await this.#until((line) => line.event === "sent" && line.text === text);
  }

  /** Ends the process as its user would, so that it saves. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
  }

  #until(isWanted: (line: Line) => boolean): Promise<Line> {
    return until(
      () => this.#lines.findLast(isWanted) ?? null,
      () => ({ events: this.#lines.map(({ event, reason }) => reason ?? event), errors: this.#errors }),
    );
  }
}
