// The repairs come before anything that loads Baileys: imports run in their order here.
import "../../../../worker/src/whatsapp/repairs/install.ts";
import type { Actor, ServiceContext } from "@switchboard/core/context";
import type { Scope } from "@switchboard/core/domain/vocabulary";
import { createApiKey } from "@switchboard/core/services/identity/api-keys/create-api-key";
import { createApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import { challengeRecipient } from "@switchboard/core/services/sessions/challenge-recipient";
import { setRecipient } from "@switchboard/core/services/sessions/set-recipient";
import { addPerson } from "@switchboard/core/testing/factories";
import { addRecipient, type TestRecipient } from "@switchboard/core/testing/recipients";
import type { WASocket } from "@whiskeysockets/baileys";
import { createApp } from "../../../../api/src/app.ts";
import type { AppDeps } from "../../../../api/src/app-deps.ts";
import { type RunningServer, startServer } from "../../../../api/src/node/server.ts";
import {
  type ConnectOptions,
  connectSwitchboard,
  type PublicKeyJwk,
  type SwitchboardSession,
} from "../../../../sdk/session/src/index.ts";
import { createTestApp, type TestApp } from "../../api/support/test-app.ts";
import type { TestBot } from "../../worker/support/test-bot.ts";
import { WorkerWorld } from "../../worker/support/worker-world.ts";
import { openSocket } from "./open-socket.ts";

/** What a holder needs that takes a bot over and reads it in plain form. */
const SCOPES: readonly Scope[] = ["session:lease", "session:takeover", "session:read", "session:plain"];

/** A request on its way. `body` is its text. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Stands between client and api. What it answers with other words than the api's is an answer that was lost. */
type Interceptor = (request: SeenRequest, pass: () => Promise<Response>) => Response | Promise<Response>;

/** An answer of something that is not the api, as a proxy before it gives. */
export const lostAnswer = (): Response => new Response("Bad gateway", { status: 502 });

/** A key as it was made, with its recipient key where it has one. */
export interface TestKey {
  readonly id: string;
  readonly secret: string;
  readonly recipient: TestRecipient | null;
}

type User = Extract<Actor, { kind: "user" }>;

/** A worker's world with the api before it on a loopback port, for programs that use the package. */
export class SdkWorld {
  readonly worker: WorkerWorld;
  readonly url: string;
  /** Every request that reached the interceptor, oldest first. */
  readonly requests: SeenRequest[] = [];
  intercept: Interceptor | null = null;
  readonly #app: TestApp;
  readonly #stopping: AbortController;
  readonly #server: RunningServer;
  readonly #owner: User;
  readonly #sessions = new Set<SwitchboardSession>();

  private constructor(
    { worker, owner }: { worker: WorkerWorld; owner: User },
    app: TestApp,
    server: RunningServer,
    stopping: AbortController,
  ) {
    this.worker = worker;
    this.#owner = owner;
    this.#app = app;
    this.#server = server;
    this.#stopping = stopping;
    this.url = `http://127.0.0.1:${server.port}`;
  }

  static async open(): Promise<SdkWorld> {
    const worker = await WorkerWorld.open();
    const captured: AppDeps[] = [];
    const stopping = new AbortController();
    const app = await createTestApp({
      settings: { requestsPerMinute: 100_000 },
      deps: (deps) => {
        const { actor: _actor, request: _request, ...base } = worker.admin;
        captured.push({ ...deps, base: { ...base, passwords: deps.base.passwords }, stopping: stopping.signal });
        return deps;
      },
    });
    const [deps] = captured;
    if (deps === undefined) throw new Error("the app was not made");
    const { fetch } = createApp(deps);
    let world: SdkWorld | null = null;
    const server = await startServer(
      (request, env) => world?.answer(request, env, fetch) ?? lostAnswer(),
      0,
      "127.0.0.1",
    );
    const { actor } = worker.admin;
    if (actor.kind !== "user") throw new Error("the admin is a person");
    const owner = await addPerson(worker.test, actor.teamId, "owner");
    world = new SdkWorld({ worker, owner }, app, server, stopping);
    return world;
  }

  /** Requests whose path ends like this. */
  requestsTo(end: string): SeenRequest[] {
    return this.requests.filter(({ path }) => path.endsWith(end));
  }

  /** A bot that is linked and quiet, held by a worker. A worker must run. */
  async addLinkedBot(): Promise<TestBot> {
    const bot = await this.worker.addBot();
    await bot.link();
    await bot.untilQuiet();
    return bot;
  }

  /** Acts for an owner of the team, who gave the password just now. */
  owner(): ServiceContext & { readonly actor: User } {
    const actor = { ...this.#owner, confirmedAtMs: Date.now() };
    return { ...this.worker.admin, actor };
  }

  async addKey(options: { readonly scopes?: readonly Scope[]; readonly isSealed?: boolean } = {}): Promise<TestKey> {
    const owner = this.owner();
    const wish = createApiKeySchema.parse({ name: `key ${this.requests.length}`, scopes: options.scopes ?? SCOPES });
    const { id, secret } = await createApiKey(owner, wish);
    const recipient = options.isSealed ? await addRecipient(this.worker.test, owner.actor, id) : null;
    return { id, secret, recipient };
  }

  /** Asks for a challenge for a recipient key, as an admin does. */
  async challenge(keyId: string, publicJwk: PublicKeyJwk): Promise<string> {
    return (await challengeRecipient(this.owner(), { keyId, publicJwk: { ...publicJwk } })).challenge;
  }

  /** Registers a recipient key, as an admin does. */
  async register(keyId: string, publicJwk: PublicKeyJwk, proof: string): Promise<void> {
    await setRecipient(this.owner(), { keyId, publicJwk: { ...publicJwk }, proof });
  }

  /** Connects as a program with this key does; the session is released at the end of the world. */
  async connect(bot: TestBot, key: TestKey, options: Partial<ConnectOptions> = {}): Promise<SwitchboardSession> {
    const { url, noiseRootKey } = this.worker.simulator;
    const session = await connectSwitchboard({
      url: this.url,
      apiKey: key.secret,
      botId: bot.id,
      testServer: { url, noiseRootKey },
      ...(key.recipient === null ? {} : { recipientKey: recipientKeyOf(key.recipient) }),
      ...options,
    });
    this.#sessions.add(session);
    return session;
  }

  /** As {@link connect}, with a socket that is open. */
  async connectSocket(
    bot: TestBot,
    key: TestKey,
    options: Partial<ConnectOptions> = {},
  ): Promise<{ session: SwitchboardSession; socket: WASocket }> {
    const session = await this.connect(bot, key, options);
    return { session, socket: await openSocket(session) };
  }

  async close(): Promise<void> {
    this.intercept = null;
    await Promise.all(Array.from(this.#sessions, (session) => session.release().catch(() => undefined)));
    this.#stopping.abort();
    await this.#server.stop();
    await this.worker.close();
    await this.#app.dispose();
  }

  private async answer(
    request: Request,
    env: { readonly peerAddress: string | null },
    fetch: (request: Request, env: { readonly peerAddress: string | null }) => Response | Promise<Response>,
  ): Promise<Response> {
    const body = await request.clone().text();
    const seen = { method: request.method, path: new URL(request.url).pathname, headers: request.headers, body };
    this.requests.push(seen);
    // A copy each time: what passes twice is a request that was repeated on its way.
    const pass = async () => fetch(request.clone(), env);
    return this.intercept === null ? pass() : this.intercept(seen, pass);
  }
}

function recipientKeyOf({ privateJwk }: TestRecipient) {
  const { x, y, d } = privateJwk;
  return { kty: "EC", crv: "P-256", x: String(x), y: String(y), d: String(d) } as const;
}
