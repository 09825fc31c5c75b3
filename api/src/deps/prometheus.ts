import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { Metrics } from "../metrics.ts";

const DURATION_BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 30];

/** Metrics of this process in Prometheus' form, in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "switchboard_http_requests_total",
    help: "Requests by method, route pattern and status",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "switchboard_http_request_seconds",
    help: "Time until the answer began, by route pattern",
    labelNames: ["route"],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const sessionTokens = new Counter({
    name: "switchboard_session_tokens_total",
    help: "Session tokens by what happened to them",
    labelNames: ["event"],
    registers,
  });
  const rateLimited = new Counter({
    name: "switchboard_rate_limited_total",
    help: "Requests refused because a quota was used up, by the policy's name",
    labelNames: ["policy"],
    registers,
  });
  const refusals = new Counter({
    name: "switchboard_refusals_total",
    help: "Refused requests by the code of the refusal, and by what the audit has of them",
    labelNames: ["code", "audit"],
    registers,
  });
  return {
    requestEnded: ({ method, route, status, durationMs }) => {
      requests.inc({ method, route, status });
      durations.observe({ route }, durationMs / 1000);
    },
    sessionTokens: (event) => sessionTokens.inc({ event }),
    rateLimited: (policy) => rateLimited.inc({ policy }),
    refused: (code, inAudit) => refusals.inc({ code, audit: inAudit }),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
