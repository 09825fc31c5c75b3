import type { ServiceContext } from "@switchboard/core/context";
import type { TrpcDeps } from "./deps.ts";

/** What every procedure starts from. The service context is made at its first use and shared by the calls of a batch. */
export interface TrpcContext {
  readonly deps: TrpcDeps;
  /** false: a request with a body in another form. */
  readonly isJson: boolean;
  /** @throws ServiceError what makeContext throws for a bad credential */
  readonly loadService: () => Promise<ServiceContext>;
  /** The id of the request once the service context was made; null before, and when it could not be made. */
  readonly requestId: () => string | null;
}

/** The context of one HTTP request. */
export function createTrpcContext(
  request: Request,
  makeContext: (request: Request) => Promise<ServiceContext>,
  deps: TrpcDeps,
): TrpcContext {
  let service: Promise<ServiceContext> | null = null;
  let requestId: string | null = null;
  const load = async () => {
    const made = await makeContext(request);
    requestId = made.request.id;
    return made;
  };
  return {
    deps,
    isJson: request.method !== "POST" || /^application\/json\b/i.test(request.headers.get("content-type") ?? ""),
    loadService: () => {
      service ??= load();
      return service;
    },
    requestId: () => requestId,
  };
}
