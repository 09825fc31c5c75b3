import { at, ids } from "./common.ts";

const leaseToken = "eyJhbGciOiJFZERTQSIsInR5cCI6ImxlYXNlK2p3dCJ9.…";

const lease = {
  botId: ids.bot,
  state: "held",
  holder: {
    kind: "key",
    id: ids.key,
    since: at.noon,
    epoch: 8,
    expiresAt: at.inAnHour,
    state: "held",
    drainDeadline: null,
    stalledSince: null,
  },
  leaseId: ids.lease,
  epoch: 8,
  expiresAt: at.inAnHour,
  maxExpiresAt: at.tomorrow,
  expired: false,
  revision: 41,
  clean: true,
  assignedTo: ids.key,
  drain: null,
  reservedFor: null,
  stalledSince: null,
};

/** Answers about leases, by the names of their schemas. */
export const leaseExamples: Readonly<Record<string, unknown>> = {
  Lease: lease,
  GrantedLease: {
    leaseId: ids.lease,
    epoch: 8,
    expiresAt: at.inAnHour,
    ttlSeconds: 30,
    renewAfterSeconds: 10,
    revision: 41,
    clean: true,
    token: leaseToken,
    maxExpiresAt: at.tomorrow,
  },
  PendingLease: { retryAfterSeconds: 2 },
  RenewedLease: { expiresAt: at.inAnHour, ttlSeconds: 30, action: "none", token: leaseToken },
  Handover: { to: "workers", deadline: at.inAnHour, reservedUntil: at.inAnHour },
};
