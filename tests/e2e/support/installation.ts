import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSettings } from "@switchboard/core/config/parse-settings";
import { noRequest, type ServiceContext } from "@switchboard/core/context";
import { signedInSchema } from "@switchboard/core/services/identity/schemas";
import type { Database } from "@switchboard/db/types";
import { openInstallation } from "@switchboard/host/open-installation";
import { type Simulator, startSimulator } from "../../simulator/index.ts";
import { type Product, startProduct } from "./product.ts";
import { openRest, type Rest } from "./rest.ts";
import { Secrets } from "./secrets.ts";
import { openStore } from "./store.ts";

/** What the first admin of a test installation signs in with. */
export const ADMIN = { name: "Ada Example", email: "ada@example.org", password: "e2e canary: a long sentence" };

/** How an installation differs from one on a file with everything by default. */
export interface InstallationOptions {
  /** Settings of every product that runs on its data. */
  readonly env?: Record<string, string>;
}

/** One product with its data, and the WhatsApp it talks to. The product can be stopped and started on the same data. */
export class Installation implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly dataDir: string;
  readonly secrets = new Secrets();
  /** The lines of every product that ran on this data, once it has stopped. */
  readonly pastLogs: string[] = [];
  readonly #options: InstallationOptions;
  #product: Product | null = null;
  #opened: Awaited<ReturnType<typeof openInstallation>> | null = null;
  #ownerToken: string | null = null;
  #stopStore: () => Promise<void> = async () => undefined;

  private constructor(simulator: Simulator, dataDir: string, options: InstallationOptions) {
    this.simulator = simulator;
    this.dataDir = dataDir;
    this.#options = options;
  }

  /** Starts simulator and product; nobody is set up yet. */
  static async start(options: InstallationOptions = {}): Promise<Installation> {
    const dataDir = await mkdtemp(join(tmpdir(), "switchboard-e2e-"));
    const store = await openStore(options);
    const installation = new Installation(await startSimulator(), dataDir, { env: { ...options.env, ...store.env } });
    installation.#stopStore = store.stop;
    try {
      await installation.startProduct();
      return installation;
    } catch (err) {
      await installation[Symbol.asyncDispose]();
      throw err;
    }
  }

  /** As {@link start}, with the first admin, in whose name {@link rest} asks. */
  static async startSetUp(options: InstallationOptions = {}): Promise<Installation> {
    const installation = await Installation.start(options);
    const code = await installation.readSetupCode();
    const owner = await installation
      .restAs(null)
      .send("POST", "/api/setup", { code, ...ADMIN, teamName: "Home" }, signedInSchema);
    installation.actAs(owner.token);
    return installation;
  }

  /** The product that runs. @throws {Error} while none does */
  get product(): Product {
    if (this.#product === null) throw new Error("the product is stopped");
    return this.#product;
  }

  /** The api as the first admin. @throws {Error} before the setup */
  get rest(): Rest {
    if (this.#ownerToken === null) throw new Error("nobody is set up");
    return this.restAs(this.#ownerToken);
  }

  /** Every line that was printed so far. */
  get logs(): readonly string[] {
    return [...this.pastLogs, ...(this.#product?.logs ?? [])];
  }

  /** From now on {@link rest} asks with this personal access token. */
  actAs(token: string): void {
    this.#ownerToken = this.secrets.add("personal access token", token);
  }

  /** The api with another credential, or with none. */
  restAs(credential: string | null): Rest {
    return openRest(this.product.apiUrl, credential);
  }

  /** The one-time code that the first start left for the first admin; it is printed on purpose. */
  async readSetupCode(): Promise<string> {
    return (await readFile(join(this.dataDir, "setup-code"), "utf8")).trim();
  }

  /** The product's database, to move instants in it and to look at what REST does not show. */
  async database(): Promise<Database> {
    return (await this.#open()).db;
  }

  /** What the product's verbs get when this actor asks, on the same database and master key. */
  async contextOf(actor: ServiceContext["actor"]): Promise<ServiceContext> {
    const refuse = () => Promise.reject(new Error("no passwords here"));
    return {
      ...(await this.#open()),
      actor,
      request: noRequest,
      passwords: { hash: refuse, verify: refuse, decoy: "", weaknessOf: refuse },
    };
  }

  /** Starts the product on the data there is; `env` wins over the simulator's address and key. */
  async startProduct(env: Record<string, string> = {}): Promise<void> {
    const { url, noiseRootKey } = this.simulator;
    const server = { WHATSAPP_URL: url, WHATSAPP_NOISE_ROOT_KEY: noiseRootKey };
    this.#product = await startProduct({
      dataDir: this.dataDir,
      env: { ...server, LOG_LEVEL: "trace", ...this.#options.env, ...env },
    });
  }

  /** Stops the product as Ctrl-C does. @throws {Error} when that is not clean */
  async stopProduct(): Promise<void> {
    const { product } = this;
    this.#product = null;
    await product.stop().finally(() => this.pastLogs.push(...product.logs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#opened?.db.close();
      if (this.#product !== null) await this.stopProduct();
    } finally {
      await this.simulator.stop();
      await this.#stopStore();
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  async #open() {
    this.#opened ??= await openInstallation(parseSettings({ ...this.#options.env, DATA_DIR: this.dataDir }));
    return this.#opened;
  }
}
