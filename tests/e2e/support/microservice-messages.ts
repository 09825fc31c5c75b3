import type { ConnectOptions } from "../../../sdk/session/src/index.ts";

/** What of the package's options travels to a process. */
export type MicroserviceOptions = Pick<ConnectOptions, "apiKey" | "botId" | "recipientKey" | "testServer"> & {
  readonly url: string;
  readonly takeover: boolean;
  readonly waitSeconds: number;
};

/** What the process is told to do. */
export type ToMicroservice =
  | { readonly do: "connect"; readonly options: MicroserviceOptions }
  | { readonly do: "release" }
  | { readonly do: "hand-over"; readonly to: string };

/** What the process tells. */
export type FromMicroservice =
  | { readonly kind: "ready" }
  | { readonly kind: "held"; readonly epoch: number; readonly wasClean: boolean }
  | { readonly kind: "open" }
  | { readonly kind: "closed"; readonly code: number | null }
  | { readonly kind: "draining" }
  | { readonly kind: "ended"; readonly reason: string }
  | { readonly kind: "lost"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string }
  /** A message was decrypted; `text` null: it holds none, or could not be decrypted. */
  | { readonly kind: "heard"; readonly id: string; readonly text: string | null }
  | { readonly kind: "answered"; readonly id: string; readonly text: string }
  | { readonly kind: "not-answered"; readonly reason: string };
