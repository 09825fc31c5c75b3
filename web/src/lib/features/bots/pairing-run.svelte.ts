import type { QueryClient } from "@tanstack/svelte-query";
import { api } from "#lib/api/client.ts";
import { Submission } from "#lib/forms/submission.svelte.ts";
import type { Pairing } from "#lib/words/pairing.ts";

/** How a device is linked. */
export type PairingMethod = NonNullable<Pairing["method"]>;

const UNDER_WAY: readonly Pairing["state"][] = ["waiting", "qr", "code", "linking"];

/** One opened pairing dialog: what it asked for, and whether that is its own to cancel. */
export class PairingRun {
  readonly submission = new Submission();
  readonly #botId: string;
  readonly #queryClient: QueryClient;
  #method = $state<PairingMethod>("qr");
  #isShown = $state(false);
  #isOwn = false;

  constructor(botId: string, queryClient: QueryClient) {
    this.#botId = botId;
    this.#queryClient = queryClient;
  }

  /** The way the person looks at. */
  get method(): PairingMethod {
    return this.#method;
  }

  /** Something was asked for, here or before this dialog was opened, and what becomes of it is to be shown. */
  get isShown(): boolean {
    return this.#isShown;
  }

  /** Goes on with a pairing that is under way, or begins one by QR code. */
  async begin(): Promise<void> {
    const current = await api()
      .bots.pairing.get.query({ botId: this.#botId })
      .catch(() => null);
    if (current === null || !UNDER_WAY.includes(current.state)) return this.ask({ method: "qr" });
    this.#method = current.method ?? "qr";
    this.#isShown = true;
  }

  /** Asks for a new pairing, which replaces the one under way. */
  async ask(pairing: { method: "qr" } | { method: "code"; phoneNumber: string }): Promise<void> {
    this.#method = pairing.method;
    this.#isShown = false;
    const view = await this.submission.run(() => api().bots.pairing.request.mutate({ botId: this.#botId, pairing }));
    if (view === undefined) return;
    this.#isOwn = true;
    const queryKey = ["pairing", this.#botId];
    await this.#queryClient.cancelQueries({ queryKey });
    this.#queryClient.setQueryData(queryKey, view);
    this.#isShown = true;
  }

  /** Shows the other way; a code needs a phone number before it can be asked for. */
  choose(method: PairingMethod): void {
    this.submission.reset();
    if (method === "qr") void this.ask({ method });
    else {
      this.#method = "code";
      this.#isShown = false;
    }
  }

  /** Takes back to the beginning of the chosen way. */
  again(): void {
    this.choose(this.#method);
  }

  /** Leaves: what this dialog asked for and nobody used is cancelled, and no code stays behind. */
  end(state: Pairing["state"] | undefined): void {
    this.#queryClient.removeQueries({ queryKey: ["pairing", this.#botId] });
    if (!this.#isOwn || state === "linking" || state === "linked") return;
    this.#isOwn = false;
    // A refusal means that the phone has agreed meanwhile, or that nothing is left to cancel.
    api()
      .bots.pairing.cancel.mutate({ botId: this.#botId })
      .catch(() => undefined);
  }
}
