import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** The worker's own figures, in Prometheus' form. */
export interface WorkerMetrics {
  readonly registry: Registry;
  readonly botsHeld: Gauge;
  readonly botsOnline: Gauge;
  readonly disconnects: Counter<"reason">;
  readonly calls: Counter<"outcome">;
  readonly screeningSeconds: Histogram;
  readonly rejects: Counter<"status">;
  readonly replies: Counter<"status">;
  readonly leasesLost: Counter;
  readonly survivedRejections: Counter;
  readonly sessionStore: Counter<"event">;
}

/** A fresh set; nothing is shared between two workers of one process. */
export function createMetrics(): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  return {
    registry,
    botsHeld: new Gauge({ name: "switchboard_bots_held", help: "Bots this worker holds a lease on.", registers }),
    botsOnline: new Gauge({ name: "switchboard_bots_online", help: "Bots connected to WhatsApp.", registers }),
    disconnects: counter("switchboard_disconnects_total", "Connections that ended, by reason.", ["reason"]),
    calls: counter("switchboard_calls_total", "Calls screened, by outcome.", ["outcome"]),
    screeningSeconds: new Histogram({
      name: "switchboard_screening_seconds",
      help: "Time from a call's stanza to its durable decision.",
      buckets: [0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 2],
      registers,
    }),
    rejects: counter("switchboard_rejects_total", "Rejects of calls, by final status.", ["status"]),
    replies: counter("switchboard_replies_total", "Replies to rejected calls, by status.", ["status"]),
    leasesLost: counter("switchboard_leases_lost_total", "Leases lost while a bot was held.", []),
    sessionStore: counter(
      "switchboard_session_store_total",
      "Sessions whose database was away or back, whose disk failed, whose journal was replayed or kept.",
      ["event"],
    ),
    survivedRejections: counter("switchboard_unhandled_rejections_total", "Rejections nobody handled, survived.", []),
  };
}
