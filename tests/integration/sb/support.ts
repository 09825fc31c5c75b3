import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import type { TestContext } from "@switchboard/core/testing/test-context";
import { createApp } from "../../../api/src/app.ts";
import type { AppDeps } from "../../../api/src/app-deps.ts";
import { startServer } from "../../../api/src/node/server.ts";
import { runCli } from "../../../sdk/client/src/cli/run-cli.ts";
import { addMemberToken, addOwner, type Owner } from "../api/support/credentials.ts";
import { createTestApp, type TestApp } from "../api/support/test-app.ts";

/** What one run of sb said, and how it ended. */
export interface SbResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a run differs from one without a terminal and without input. */
export interface SbOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** true: standard output is a terminal. */
  readonly isTty?: boolean;
  /** true: standard error is a terminal. */
  readonly isErrTty?: boolean;
}

/** A run of sb that goes on. */
export interface SbRun {
  readonly result: Promise<SbResult>;
  /** Resolves once the text written to both outputs so far matches. */
  says(pattern: RegExp): Promise<void>;
  interrupt(): void;
}

/** The api on a loopback port, and sb with settings of its own. */
export interface SbTest {
  readonly api: TestApp;
  readonly test: TestContext;
  readonly url: string;
  /** A folder of this suite, where sb keeps its token. */
  readonly home: string;
  /** The environment sb runs in. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs sb as nobody, or with what an earlier `login` left. */
  sb(args: readonly string[], options?: SbOptions): Promise<SbResult>;
  start(args: readonly string[], options?: SbOptions): SbRun;
  dispose(): Promise<void>;
}

/** Call once per suite, and `dispose` at its end. */
export async function createSbTest(): Promise<SbTest> {
  const captured: AppDeps[] = [];
  const keep = (deps: AppDeps) => {
    captured.push(deps);
    return deps;
  };
  const api = await createTestApp({ deps: keep });
  const [deps] = captured;
  if (!deps) throw new Error("the app was not made");
  const server = await startServer(createApp(deps).fetch, 0, "127.0.0.1");
  const home = await mkdtemp(join(tmpdir(), "switchboard-sb-"));
  const url = `http://127.0.0.1:${server.port}`;
  const env = { SB_URL: url, SB_CONFIG: join(home, "credentials.json"), DATA_DIR: api.dataDir };
  const start = (args: readonly string[], options: SbOptions = {}) =>
    startRun(args, { ...options, env: { ...env, ...options.env } });
  return {
    api,
    test: api.test,
    url,
    home,
    env,
    start,
    sb: (args, options) => start(args, options).result,
    dispose: async () => {
      await server.stop();
      await api.dispose();
      await rm(home, { recursive: true });
    },
  };
}

/** An owner of a new team, and sb as that person. */
export async function signInOwner(sb: SbTest) {
  const owner: Owner = await addOwner(sb.test);
  const as =
    (token: string) =>
    (args: readonly string[], options: SbOptions = {}) =>
      sb.sb(args, { ...options, env: { SB_TOKEN: token, ...options.env } });
  const run = as(owner.token);
  return {
    owner,
    run,
    /** The document of a run with --json that must succeed. */
    json: async (args: readonly string[]) => {
      const result = await run(["--json", ...args]);
      if (result.exitCode !== 0 || result.stderr !== "") throw new Error(result.stderr || result.stdout);
      // biome-ignore lint/suspicious/noExplicitAny: tests name the fields they expect; a wrong name fails the assertion
      return JSON.parse(result.stdout) as any;
    },
    viewer: async () => as(await addMemberToken(sb.test, owner, "viewer")),
  };
}

function startRun(args: readonly string[], options: SbOptions): SbRun {
  const { terminal, stdout, stderr, interrupt } = createTerminal(options);
  const text = () => stdout.text() + stderr.text();
  return {
    result: runCli(args, terminal).then((exitCode) => ({ exitCode, stdout: stdout.text(), stderr: stderr.text() })),
    says: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (!pattern.test(text())) return;
          stdout.off("data", look);
          stderr.off("data", look);
          resolve();
        };
        stdout.on("data", look);
        stderr.on("data", look);
        look();
      }),
    interrupt,
  };
}

/** A terminal that keeps what is written to it. */
export function createTerminal(options: SbOptions = {}) {
  const interrupted = new AbortController();
  const [stdout, stderr] = [createCapture(options.isTty === true), createCapture(options.isErrTty === true)];
  const stdin = Readable.from(options.input === undefined ? [] : [options.input]);
  const terminal = { stdin, stdout, stderr, env: options.env ?? {}, interrupted: interrupted.signal };
  return { terminal, stdout, stderr, interrupt: () => interrupted.abort() };
}

function createCapture(isTTY: boolean) {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  return Object.assign(stream, { isTTY, text: () => chunks.join("") });
}
