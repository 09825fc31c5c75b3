import type { Settings } from "@switchboard/core/config/parse-settings";
import type { ServiceError } from "@switchboard/core/errors";

/** What procedures need beside the service context; every part may be left out where a process does not have it. */
export interface TrpcDeps {
  /** The one-time code that lets the first admin in. Without it setup is refused. */
  readonly setupCode?: {
    /** null: there is none, or it was used. */
    read(): Promise<string | null>;
    /** Called once the first admin exists. */
    forget(): Promise<void>;
  };
  /** The settings this process runs with, for `system.config`. Without them the list shows what each setting is for only. */
  readonly settings?: Settings;
  /** Hears what procedures did to session tokens, for counting. */
  readonly onSessionToken?: (event: "issued" | "revoked") => void;
  /** Hears that a session left as files, for counting. */
  readonly onSessionExported?: () => void;
  /** Hears what procedures did to leases, for counting. */
  readonly onLease?: (event: "revoked" | "frozen") => void;
  /** Version of the product, for `system.health`. */
  readonly version?: string;
  /** Ends every open subscription when it is aborted, so that the process can stop. */
  readonly stopping?: AbortSignal;
  /**
   * Gets each refusal once, after its answer was decided, with the procedure it was for; the answer waits for what is
   * returned. Calls of procedures there are not are left out.
   */
  readonly onRefusal?: (
    refusal: ServiceError,
    call: { readonly route: string; readonly namesThing: boolean; readonly botId?: string | undefined },
  ) => Promise<void>;
  /** Gets what no verb threw on purpose; the caller sees a generic sentence and the request id only. */
  readonly onUnexpectedError?: (
    err: unknown,
    where: { readonly path: string | null; readonly requestId: string | null },
  ) => void;
}
