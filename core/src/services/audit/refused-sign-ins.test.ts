import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceContext } from "../../context.ts";
import { addPerson, addTeam } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { noteRefusedSignIn } from "../identity/watch-sign-in.ts";
import { listAudit } from "./list-audit.ts";
import { listAuditSchema } from "./schemas.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

describe("refused sign-ins", () => {
  it("of a known person are told to their team only, those of nobody known to every admin", async () => {
    const [one, other] = [await addTeam(test), await addTeam(test)];
    const viewer = await addPerson(test, one.teamId, "viewer");
    const unknown = "nobody@example.test";
    const nobody = test.as({ kind: "anonymous" });
    await noteRefusedSignIn(nobody, `${one.userId}@example.test`);
    await noteRefusedSignIn(nobody, unknown);
    const objectsOf = async (ctx: ServiceContext) =>
      (await listAudit(ctx, listAuditSchema.parse({ action: "user.sign-in" }))).items.map(({ object }) => object.id);
    expect(await objectsOf(test.as(one))).toEqual([null, one.userId]);
    expect(await objectsOf(test.as(other))).toEqual([null]);
    expect(await objectsOf(test.as(viewer))).toEqual([one.userId]);
  });
});
