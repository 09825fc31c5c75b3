/** Fields whose name, form and schema say it all. */
export const SELF_EXPLANATORY: ReadonlySet<string> = new Set([
  "allowed",
  "createdAt",
  "email",
  "id",
  "issuedAt",
  "lastCallAt",
  "message",
  "teamId",
  "userId",
]);
