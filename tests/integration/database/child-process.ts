import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChildMessage, ParentMessage } from "./children/messages.ts";

/** A second process of a test, spoken to over its channel. */
export interface Child {
  send(message: ParentMessage): void;
  /** The next message of this kind, also one that came before it was asked for; fails when the child ends first. */
  next<K extends ChildMessage["kind"]>(kind: K): Promise<Extract<ChildMessage, { kind: K }>>;
  /** Every message so far. */
  readonly received: readonly ChildMessage[];
  /** Ends it at once (SIGKILL), wherever it is. */
  kill9(): Promise<void>;
  /** Lets it end by itself. */
  end(): Promise<void>;
}

/** Starts a program of `children/` and returns when it is ready. */
export async function startChild(program: string, ...args: string[]): Promise<Child> {
  const path = fileURLToPath(new URL(`children/${program}.ts`, import.meta.url));
  const child = fork(path, args, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const handle = createHandle(child);
  await handle.next("ready");
  return handle;
}

function createHandle(child: ChildProcess): Child {
  const received: ChildMessage[] = [];
  const unread: ChildMessage[] = [];
  let news = Promise.withResolvers<void>();
  const announce = () => {
    news.resolve();
    news = Promise.withResolvers();
  };
  child.on("message", (message: ChildMessage) => {
    received.push(message);
    unread.push(message);
    announce();
  });
  child.once("exit", announce);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  const next = async <K extends ChildMessage["kind"]>(kind: K): Promise<Extract<ChildMessage, { kind: K }>> => {
    for (;;) {
      const index = unread.findIndex((message) => message.kind === kind);
      const [found] = index === -1 ? [] : unread.splice(index, 1);
      if (found !== undefined && isOfKind(found, kind)) return found;
      if (hasEnded()) throw new Error(`The child ended (${child.exitCode ?? child.signalCode}) before "${kind}"`);
      await news.promise;
    }
  };
  const endWith = async (action: () => void) => {
    if (hasEnded()) return;
    const exited = once(child, "exit");
    action();
    await exited;
  };
  return {
    send: (message) => {
      child.send(message);
    },
    next,
    received,
    kill9: () => endWith(() => child.kill("SIGKILL")),
    end: () => endWith(() => child.send("exit" satisfies ParentMessage)),
  };
}

function isOfKind<K extends ChildMessage["kind"]>(
  message: ChildMessage,
  kind: K,
): message is Extract<ChildMessage, { kind: K }> {
  return message.kind === kind;
}
