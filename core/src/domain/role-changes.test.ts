import { describe, expect, it } from "vitest";
import { decideManaging, decidePasswordReset, decideRemoval, decideRoleChange } from "./role-changes.ts";
import { type Role, roles } from "./vocabulary.ts";

const allowed = { ok: true };
const pairs = (actorRole: Role) => roles.filter((role) => decideManaging(actorRole, role).ok);

describe("who may have to do with whom", () => {
  it("is: an owner with all, an admin with admins and below, nobody else with anybody", () => {
    expect(pairs("owner")).toEqual(roles);
    expect(pairs("admin")).toEqual(["admin", "operator", "viewer"]);
    expect(pairs("operator")).toEqual([]);
    expect(pairs("viewer")).toEqual([]);
  });
});

describe("a change of role", () => {
  it.each<[Role, Role, Role, boolean]>([
    ["owner", "owner", "viewer", true],
    ["owner", "viewer", "owner", true],
    ["admin", "viewer", "admin", true],
    ["admin", "admin", "viewer", true],
    ["admin", "admin", "owner", false],
    ["admin", "viewer", "owner", false],
    ["admin", "owner", "viewer", false],
    ["operator", "viewer", "operator", false],
    ["viewer", "viewer", "owner", false],
  ])("by %s from %s to %s: %s", (actorRole, from, to, isAllowed) => {
    expect(decideRoleChange(actorRole, from, to).ok).toBe(isAllowed);
  });
});

describe("a removal", () => {
  it("of oneself is allowed to everybody, of others like any change to them", () => {
    for (const role of roles) expect(decideRemoval(role, { role, isSelf: true })).toEqual(allowed);
    expect(decideRemoval("admin", { role: "owner", isSelf: false })).toEqual({ ok: false, reason: "above-own-role" });
    expect(decideRemoval("operator", { role: "viewer", isSelf: false })).toEqual({ ok: false, reason: "not-admin" });
  });
});

describe("a password reset", () => {
  it("is allowed to who may manage the person in every team of theirs", () => {
    expect(decidePasswordReset([{ actorRole: "admin", role: "admin" }])).toEqual(allowed);
    expect(
      decidePasswordReset([
        { actorRole: "admin", role: "viewer" },
        { actorRole: "owner", role: "owner" },
      ]),
    ).toEqual(allowed);
  });

  it.each([
    [[{ actorRole: "admin", role: "owner" }]],
    [
      [
        { actorRole: "owner", role: "viewer" },
        { actorRole: null, role: "viewer" },
      ],
    ],
    [
      [
        { actorRole: "owner", role: "viewer" },
        { actorRole: "operator", role: "viewer" },
      ],
    ],
    [[]],
  ] as const)("is refused otherwise: %j", (teams) => {
    expect(decidePasswordReset(teams).ok).toBe(false);
  });
});
