/** Ids of one small installation that all examples tell of. */
export const ids = {
  user: "usr_01k8yq2f5nzv3c6m9x4t7w8r2e",
  team: "team_01k8yq2f5nzv3c6m9x4t7w8r2e",
  invitation: "otc_01k8yq2f5nzv3c6m9x4t7w8r2e",
  key: "key_01k8yq2f5nzv3c6m9x4t7w8r2e",
  signIn: "sgn_01k8yq2f5nzv3c6m9x4t7w8r2e",
  personalToken: "pat_01k8yq2f5nzv3c6m9x4t7w8r2e",
  bot: "bot_01k8yq2f5nzv3c6m9x4t7w8r2e",
  call: "call_01k8yq2f5nzv3c6m9x4t7w8r2e",
  caller: "clr_01k8yq2f5nzv3c6m9x4t7w8r2e",
  block: "blk_01k8yq2f5nzv3c6m9x4t7w8r2e",
  allow: "alw_01k8yq2f5nzv3c6m9x4t7w8r2e",
  sessionToken: "tok_01k8yq2f5nzv3c6m9x4t7w8r2e",
  lease: "lse_01k8yq2f5nzv3c6m9x4t7w8r2e",
  command: "cmd_01k8yq2f5nzv3c6m9x4t7w8r2e",
} as const;

/** Instants of the day the examples tell of. */
export const at = {
  weekBefore: "2026-11-15T23:00:00.000Z",
  morning: "2026-11-22T08:00:00.000Z",
  noon: "2026-11-22T12:00:00.000Z",
  inAnHour: "2026-11-22T13:00:00.000Z",
  tomorrow: "2026-11-23T12:00:00.000Z",
  inNinetyDays: "2027-02-20T12:00:00.000Z",
} as const;

/** A list of one page. */
export const page = (item: unknown, filters: Readonly<Record<string, unknown>> = {}) => ({
  items: [item],
  nextCursor: null,
  filters: { limit: 50, ...filters },
});
