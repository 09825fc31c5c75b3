/** Prefixes of ids; the prefix tells what an id names. */
export const idPrefixes = {
  bot: "bot_",
  call: "call_",
  block: "blk_",
  allow: "alw_",
  caller: "clr_",
  key: "key_",
  token: "tok_",
  personalToken: "pat_",
  signIn: "sgn_",
  lease: "lse_",
  webhook: "whk_",
  event: "evt_",
  audit: "aud_",
  command: "cmd_",
  user: "usr_",
  team: "team_",
  member: "mem_",
  oneTimeCode: "otc_",
  account: "acc_",
  recipientKey: "rcp_",
  worker: "wrk_",
  chain: "chn_",
  attempt: "pai_",
  request: "req_",
} as const;

export type IdKind = keyof typeof idPrefixes;

/** Makes ids that are opaque, URL-safe, sortable by time and unguessable (80 random bits). */
export interface Ids {
  next(kind: IdKind): string;
}
