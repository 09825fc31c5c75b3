import { expect, test } from "vitest";
import { type ApiKey, describeKeyStatus, describeScopes, sealingOf } from "./keys.ts";

const KEY: ApiKey = {
  id: "key_1",
  name: "reader",
  prefix: "sb_live_aaaa",
  scopes: ["bots:read"],
  botIds: null,
  cidrs: null,
  requestsPerMinute: null,
  status: "active",
  createdBy: "user:usr_1",
  createdAt: "2026-11-01T12:00:00.000Z",
  expiresAt: "2026-12-01T12:00:00.000Z",
  disabledAt: null,
  revokedAt: null,
  successorId: null,
  recipient: null,
  lastUsedAt: null,
  lastUsedAddress: null,
  lastUsedUserAgent: null,
};

test("what a key may do is said once for each subject, with the words it really holds", () => {
  expect(describeScopes(["bots:read", "bots:write", "calls:read"])).toEqual(["Bots: read and write", "Calls: read"]);
  expect(describeScopes(["blocking:write"])).toEqual(["Call blocking: write"]);
  expect(describeScopes(["session:lease", "session:takeover", "audit:read"])).toEqual([
    "Audit: read",
    "Sessions: hold, take over",
  ]);
});

test("the status of a key comes with its reason", () => {
  expect(describeKeyStatus(KEY)).toBe("Its requests are accepted.");
  expect(describeKeyStatus({ ...KEY, successorId: "key_2" }, { prefix: "sb_live_bbbb" })).toBe(
    "It was rotated. It works on until 1 Dec 2026, 12:00:00 UTC; sb_live_bbbb takes over.",
  );
  expect(describeKeyStatus({ ...KEY, status: "expired" })).toBe("Its time was over on 1 Dec 2026, 12:00:00 UTC.");
  expect(describeKeyStatus({ ...KEY, status: "expired", successorId: "key_2" })).toContain("It was rotated");
  expect(describeKeyStatus({ ...KEY, status: "disabled", disabledAt: "2026-11-02T00:00:00.000Z" })).toContain(
    "Switched off on 2 Nov 2026",
  );
  expect(describeKeyStatus({ ...KEY, status: "revoked", revokedAt: "2026-11-03T00:00:00.000Z" })).toContain(
    "Ended for good on 3 Nov 2026",
  );
});

test("whether a key gets sessions sealed is asked only where it gets any", () => {
  expect(sealingOf({ recipient: null, scopes: ["bots:read"] })).toBeNull();
  expect(sealingOf({ recipient: "thumb", scopes: ["session:read", "session:plain"] })?.label).toBe("Sealed: yes");
  expect(sealingOf({ recipient: null, scopes: ["session:lease", "session:plain"] })?.label).toBe("Sealed: no, plain");
  expect(sealingOf({ recipient: null, scopes: ["session:lease"] })?.isMissing).toBe(true);
});
