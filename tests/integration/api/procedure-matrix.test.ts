import { type Role, roles, scopes } from "@switchboard/core/domain/vocabulary";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessOf, rolesOf } from "./support/access.ts";
import { makeBadCredentials } from "./support/bad-credentials.ts";
import { addKey, addMemberToken, addOwner } from "./support/credentials.ts";
import { callProcedure, inputOf, twins } from "./support/procedures.ts";
import { prepare } from "./support/valid-requests.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
let stranger: string;
let bad: ReadonlyMap<string, string>;
let apiKey: string;
const tokenOf = new Map<Role, string>();

const procedures = Object.entries(twins).flatMap(([name, twin]) => {
  const access = accessOf[name];
  return access === undefined ? [] : [{ name, twin, access, procedure: twin.procedure }];
});
const guarded = procedures.filter(({ access }) => access.for !== "anyone");
const withRoles = guarded.filter(({ access }) => ["people", "scope", "custodians"].includes(access.for));
const cells = withRoles.flatMap(({ name, twin, access, procedure }) =>
  roles.map((role) => ({ name, twin, procedure, role, may: rolesOf(access).includes(role) })),
);
const ofThings = guarded.filter(({ name, access }) => name.includes("{") && access.for !== "own");

beforeAll(async () => {
  world = await createWorld();
  const { app, owner } = world;
  for (const role of roles) tokenOf.set(role, await addMemberToken(app.test, owner, role));
  stranger = (await addOwner(app.test)).token;
  apiKey = (await addKey(app.test, owner, scopes)).secret;
  bad = await makeBadCredentials(world);
});
afterAll(() => world.dispose());

/** What became of the procedure called with a credential; null: none. */
async function ask(
  { name, twin, procedure }: (typeof procedures)[number] | (typeof cells)[number],
  bearer: string | null,
) {
  const request = await prepare(world, name);
  const { status, body } = await callProcedure(world, procedure, request, inputOf(twin, request), { bearer });
  return { status, code: body?.error?.json?.data?.code ?? null, message: body?.error?.json?.message ?? null };
}

describe("without a person's credential", () => {
  it.each(guarded)("nobody uses $procedure", async (cell) => {
    for (const bearer of [null, ...bad.values(), apiKey, (await world.addSessionToken()).token])
      expect(await ask(cell, bearer)).toMatchObject({ status: 401, code: "unauthenticated" });
  });
});

describe("a role", () => {
  it.each(cells.filter(({ may }) => may))("$role may use $procedure", async (cell) => {
    expect(await ask(cell, tokenOf.get(cell.role) ?? "")).toMatchObject({ status: 200, code: null });
  });

  it.each(cells.filter(({ may }) => !may))("$role may not use $procedure", async (cell) => {
    const { status, code } = await ask(cell, tokenOf.get(cell.role) ?? "");
    expect(status).toBe(403);
    expect(["scope-missing", "forbidden"]).toContain(code);
  });
});

describe("another team's owner", () => {
  it.each(ofThings)("learns nothing from $procedure", async (cell) => {
    expect(await ask(cell, stranger)).toEqual({
      status: 404,
      code: "not-found",
      message: "There is no such thing here.",
    });
  });
});
