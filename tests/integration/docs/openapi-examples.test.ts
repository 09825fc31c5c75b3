import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepare, send, type ValidRequest } from "../api/support/valid-requests.ts";
import { createWorld, type World } from "../api/support/world.ts";
import {
  components,
  type DescribedCall,
  describedCalls,
  findMismatches,
  problemExamples,
} from "./support/description.ts";

/** Fields that name something of the installation, so that no example can be true of every one: the world's own stand in. */
const NAMES_SOMETHING: Readonly<Record<string, readonly string[]>> = {
  "post /api/setup": ["code"],
  "post /api/sign-in": ["email", "password"],
  "post /api/confirm-password": ["password"],
  "post /api/password": ["currentPassword"],
  "post /api/invitations/accept": ["code"],
  "post /api/password-reset": ["code"],
  "delete /api/bots/{botId}": ["confirm"],
  "post /api/session-tokens/verify": ["token"],
  "delete /api/bots/{botId}/session/lease": ["finalRevision"],
  "post /api/keys/{keyId}/recipient": ["publicJwk", "proof"],
  "post /api/bots/{botId}/session/import": ["files"],
  "post /api/bots/{botId}/session/export": ["confirm"],
};

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.dispose());

const isSuccess = (status: string | number): boolean => Number(status) < 300;
const successesOf = (call: DescribedCall) => Object.entries(call.answers).filter(([status]) => isSuccess(status));

/** The request of a call as the document's example has it, about things that are there. */
async function exampleRequest({ name, body }: DescribedCall): Promise<ValidRequest> {
  const request = await prepare(world, name);
  if (body === null) return request;
  const own = (NAMES_SOMETHING[name] ?? []).map((field) => [field, request.json?.[field]]);
  return { ...request, json: { ...Object(body.example), ...Object.fromEntries(own) } };
}

describe("the examples of the description", () => {
  it.each(describedCalls.filter(({ body }) => body !== null))(
    "$name shows a body that its schema takes",
    ({ body }) => {
      expect(body?.example, "give its schema an example where the route names it").toBeDefined();
      expect(findMismatches(body?.schema ?? {}, body?.example)).toEqual([]);
    },
  );

  it.each(describedCalls)("$name shows an answer of the form it describes", (call) => {
    expect(successesOf(call)).not.toEqual([]);
    for (const [status, answer] of successesOf(call)) {
      if (answer === null) expect(status).toBe("204");
      else {
        expect(answer.example, "write one into api/src/openapi/examples").toBeDefined();
        expect(findMismatches(answer.schema, answer.example)).toEqual([]);
      }
    }
  });

  it.each(describedCalls)(
    "$name does what its example shows, and answers nothing that is not described",
    async (call) => {
      const answer = await send(world, call.name, await exampleRequest(call));
      const documented = Object.keys(call.answers).filter(isSuccess).map(Number);
      expect(documented, answer.text).toContain(answer.status);
      const described = call.answers[String(answer.status)];
      // A stream is text.
      if (described) expect(findMismatches(described.schema, answer.body ?? answer.text)).toEqual([]);
      else expect(answer.text).toBe("");
    },
  );

  it.each(describedCalls)("$name shows a problem for each of its refusals", ({ answers }) => {
    const refusals = Object.entries(answers).filter(([status]) => !isSuccess(status));
    for (const [status, answer] of refusals) {
      const codes = Object.keys(answer?.examples ?? {});
      expect(codes).not.toEqual([]);
      for (const code of codes) expect(problemExamples[code]?.value).toMatchObject({ code, status: Number(status) });
    }
  });
});

describe("the examples of problems", () => {
  it.each(Object.entries(problemExamples))("%s has the form of a problem", (_code, { value }) => {
    const { Problem = {} } = components;
    expect(findMismatches(Problem, value)).toEqual([]);
  });
});

describe("the check itself", () => {
  it("finds a member that is not described, one that is missing, and one of another type", () => {
    const { CommandAccepted = {} } = components;
    expect(findMismatches(CommandAccepted, { commandId: "cmd_1" })).toEqual([]);
    expect(findMismatches(CommandAccepted, { commandId: "cmd_1", extra: 1 })).toHaveLength(1);
    expect(findMismatches(CommandAccepted, {})).toHaveLength(1);
    expect(findMismatches(CommandAccepted, { commandId: 1 })).toHaveLength(1);
  });
});
