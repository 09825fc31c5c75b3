import type { Settings } from "@switchboard/core/config/parse-settings";
import type { ServiceSettings } from "@switchboard/core/context";

/** The part of the settings that verbs need. */
export const serviceSettings = (settings: Settings): ServiceSettings => ({
  publicUrl: settings.derived.publicUrl,
  sessionTokenTtlSeconds: settings.SESSION_TOKEN_TTL,
  workerLeaseTtlSeconds: settings.WORKER_LEASE_TTL,
  leaseTtlSeconds: settings.LEASE_TTL,
  reclaimAfterSeconds: settings.RECLAIM_AFTER === null ? null : settings.derived.reclaimAfterSeconds,
  callRetentionDays: settings.CALL_RETENTION_DAYS,
  auditRetentionDays: settings.AUDIT_RETENTION_DAYS,
});
