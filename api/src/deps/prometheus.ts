import type { ErrorCode } from "@switchboard/core/domain/vocabulary";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Metrics } from "../metrics.ts";

const DURATION_BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 30];

/** Metrics of this process in Prometheus' form, in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { requests, durations, credentials, rateLimited, refusals } = requestMetrics([registry]);
  const { disclosures, liveTokens, sessionTokens } = sessionMetrics([registry]);
  const { heldLeases, leases } = leaseMetrics([registry]);
  return {
    requestEnded: ({ method, route, status, durationMs, credential }) => {
      if (credential !== null) credentials.inc({ credential });
      requests.inc({ method, route, status });
      durations.observe({ route }, durationMs / 1000);
    },
    sessionTokens: (event) => sessionTokens.inc({ event }),
    leases: (event) => leases.inc({ event }),
    rateLimited: (policy) => rateLimited.inc({ policy }),
    refused: (code, inAudit) => {
      refusals.inc({ code, audit: inAudit });
      const event = leaseRefusals[code];
      if (event) leases.inc({ event });
    },
    sessionDisclosed: (form) => disclosures.inc({ form }),
    render: async (live) => {
      // Old numbers would look like an answer of the database.
      liveTokens.reset();
      heldLeases.reset();
      for (const [state, count] of Object.entries(live?.tokens ?? {})) liveTokens.set({ state }, count);
      for (const [kind, count] of Object.entries(live?.leases ?? {})) heldLeases.set({ kind }, count);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** What a refusal of this code means for a lease: it was not granted, or it is not the caller's any more. */
const leaseRefusals: Readonly<Partial<Record<ErrorCode, "lost" | "refused">>> = {
  "lease-held": "refused",
  "bot-frozen": "refused",
  "lease-lost": "lost",
  "stale-epoch": "lost",
};

function requestMetrics(registers: Registry[]) {
  return {
    requests: new Counter({
      name: "switchboard_http_requests_total",
      help: "Requests by method, route pattern and status",
      labelNames: ["method", "route", "status"],
      registers,
    }),
    durations: new Histogram({
      name: "switchboard_http_request_seconds",
      help: "Time until the answer began, by route pattern",
      labelNames: ["route"],
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    }),
    credentials: new Counter({
      name: "switchboard_requests_by_credential_total",
      help: "Requests by the kind of credential they were made with; rejected: one came along and was not accepted",
      labelNames: ["credential"],
      registers,
    }),
    rateLimited: new Counter({
      name: "switchboard_rate_limited_total",
      help: "Requests refused because a quota was used up, by the policy's name",
      labelNames: ["policy"],
      registers,
    }),
    refusals: new Counter({
      name: "switchboard_refusals_total",
      help: "Refused requests by the code of the refusal, and by what the audit has of them",
      labelNames: ["code", "audit"],
      registers,
    }),
  };
}

function sessionMetrics(registers: Registry[]) {
  return {
    disclosures: new Counter({
      name: "switchboard_session_disclosures_total",
      help: "Sessions handed out, sealed to a recipient key or in plain form",
      labelNames: ["form"],
      registers,
    }),
    liveTokens: new Gauge({
      name: "switchboard_session_tokens_live",
      help: "Session tokens that are good now (active), and those of them that end within ten minutes (expiring)",
      labelNames: ["state"],
      registers,
    }),
    sessionTokens: new Counter({
      name: "switchboard_session_tokens_total",
      help: "Session tokens by what happened to them",
      labelNames: ["event"],
      registers,
    }),
  };
}

function leaseMetrics(registers: Registry[]) {
  return {
    heldLeases: new Gauge({
      name: "switchboard_leases_held",
      help: "Bots that are held now, by who holds them: worker or key",
      labelNames: ["kind"],
      registers,
    }),
    leases: new Counter({
      name: "switchboard_leases_total",
      help: "Leases of microservices by what happened to them; lost and refused: a request was refused for it",
      labelNames: ["event"],
      registers,
    }),
  };
}
