/** What GET /api/system/health tells: no secrets, so it needs no credential. */
export type SystemHealth = {
  status: "ok" | "degraded";
  version: string;
  database: { status: string };
  /** state: up, silent (not heard of in time) or stopped. */
  workers: { id: string; state: string; lastSeenAt: string }[];
};

/** One look at the system. */
export type HealthReading =
  | { kind: "answered"; health: SystemHealth; readAtMs: number }
  /** The api did not answer, or answered something else than its health. */
  | { kind: "away"; readAtMs: number };

/** An api that takes longer is of no use to anybody who looks at the page. */
const ANSWER_TIMEOUT_MS = 4_000;

/** Asks the api how the system is. Never throws: not to be reached is one of the answers. */
export async function readHealth(fetcher: typeof fetch): Promise<HealthReading> {
  const answer = await askApi(fetcher).catch(() => undefined);
  return answer ?? { kind: "away", readAtMs: Date.now() };
}

async function askApi(fetcher: typeof fetch): Promise<HealthReading | undefined> {
  const response = await fetcher("/api/system/health", {
    headers: { accept: "application/json" },
    cache: "no-store",
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const health: unknown = response.ok ? await response.json() : undefined;
  // The server's clock: the instants in the body come from it, and the browser's may be wrong by minutes.
  const answeredAtMs = Date.parse(response.headers.get("date") ?? "");
  const readAtMs = Number.isNaN(answeredAtMs) ? Date.now() : answeredAtMs;
  return isSystemHealth(health) ? { kind: "answered", health, readAtMs } : undefined;
}

function isSystemHealth(body: unknown): body is SystemHealth {
  return (
    isRecord(body) &&
    (body.status === "ok" || body.status === "degraded") &&
    typeof body.version === "string" &&
    isRecord(body.database) &&
    typeof body.database.status === "string" &&
    Array.isArray(body.workers) &&
    body.workers.every(isWorker)
  );
}

function isWorker(worker: unknown): boolean {
  return isRecord(worker) && [worker.id, worker.state, worker.lastSeenAt].every((value) => typeof value === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
