import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FromMicroservice, MicroserviceOptions, ToMicroservice } from "./microservice-messages.ts";
import { eventually } from "./poll.ts";

const PROGRAM = fileURLToPath(new URL("microservice-process.ts", import.meta.url));

/** A microservice in a process of its own, and what it has told so far. */
export class Microservice implements AsyncDisposable {
  readonly told: FromMicroservice[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: FromMicroservice) => this.told.push(message));
  }

  static async start(): Promise<Microservice> {
    const env = { PATH: process.env.PATH ?? "" };
    const child = fork(PROGRAM, [], { env, execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const service = new Microservice(child);
    await service.untilTold("ready");
    return service;
  }

  /** Takes the bot and resolves when its connection is open. @throws when it could not */
  async connect(options: MicroserviceOptions): Promise<{ epoch: number; wasClean: boolean }> {
    const from = this.told.length;
    this.#send({ do: "connect", options });
    const { epoch, wasClean } = await this.untilTold("held", from);
    await this.untilTold("open", from);
    return { epoch, wasClean };
  }

  /** Gives the bot back to the workers. */
  async release(): Promise<void> {
    const from = this.told.length;
    this.#send({ do: "release" });
    await this.untilTold("ended", from);
  }

  /** Gives the bot to somebody else. */
  async handOver(to: string): Promise<void> {
    const from = this.told.length;
    this.#send({ do: "hand-over", to });
    await this.untilTold("ended", from);
  }

  /** Everything of one kind it told. */
  all<K extends FromMicroservice["kind"]>(kind: K): Extract<FromMicroservice, { kind: K }>[] {
    return this.told.filter((message): message is Extract<FromMicroservice, { kind: K }> => message.kind === kind);
  }

  /** The first message of a kind from a place in `told` on. @throws when the process says that it failed */
  async untilTold<K extends FromMicroservice["kind"]>(
    kind: K,
    from = 0,
  ): Promise<Extract<FromMicroservice, { kind: K }>> {
    const isEnd = (message: FromMicroservice) => message.kind === kind || message.kind === "failed";
    const message = await eventually(
      async () => this.told.slice(from).find(isEnd) ?? null,
      (found) => found !== null,
    );
    if (message !== null && isOfKind(message, kind)) return message;
    throw new Error(`the microservice did not get to "${kind}": ${JSON.stringify(message)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #send(message: ToMicroservice): void {
    this.#child.send(message);
  }
}

function isOfKind<K extends FromMicroservice["kind"]>(
  message: FromMicroservice,
  kind: K,
): message is Extract<FromMicroservice, { kind: K }> {
  return message.kind === kind;
}
