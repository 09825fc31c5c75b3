import { errorCodes } from "@switchboard/core/domain/vocabulary";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeApi } from "../../../api/src/openapi.ts";
import { openContents, type ReadContents } from "./support/contents.ts";
import { type Components, type FuzzCase, fuzzCases } from "./support/fuzz-inputs.ts";
import { type FuzzWorld, openFuzzWorld } from "./support/fuzz-world.ts";
import { listOperations } from "./support/operations.ts";
import type { TestAnswer } from "./support/test-request.ts";
import { createWorld, type World } from "./support/world.ts";

const CASES = 2_000;
/** The same cases each time: another number asks other questions. */
const SEED = 308_422_687;
/** So often everything that was revoked or deleted meanwhile is there again. */
const RESTORE_EVERY = 100;
/** The one call whose answer holds the session of a bot. */
const DISCLOSES = "get /api/bots/{botId}/session";
/** What an answer shows when the inside got out. */
const INSIDE =
  /\bat \S+ \(|\.ts:\d|node:internal|\/work\/|\/tmp\/|SQLITE|\bselect .* from\b|insert into|drizzle|ZodError|TypeError/i;

let world: World;
let fuzz: FuzzWorld;
let readContents: ReadContents;
beforeAll(async () => {
  world = await createWorld();
  fuzz = await openFuzzWorld(world);
  readContents = await openContents(world.app.test);
  contents = await readContents();
});
afterAll(() => world.dispose());

const operations = listOperations();
/** How often each call was answered with which kind of status, to show that the cases reach the inside. */
const reached = new Map<string, Set<number>>();

/** What the database held after the last case. */
let contents: Awaited<ReturnType<ReadContents>>;

async function check(fuzzCase: FuzzCase): Promise<void> {
  const { path, request } = fuzz.requestOf(fuzzCase);
  // Throws for a status that the document does not name.
  const answer = await world.app.request(path, request);
  const who = fuzz.credentialOf(fuzzCase).name;
  const told = `${who}: ${request.method} ${path} ${request.body ?? ""} -> ${answer.status} ${answer.text.slice(0, 500)}`;
  const { name } = fuzzCase.operation;
  reached.set(name, (reached.get(name) ?? new Set()).add(answer.status));
  expect(answer.status, `${told} ${world.app.logLines.slice(-2).join()}`).toBeLessThan(500);
  expect(answer.headers.get("x-content-type-options"), told).toBe("nosniff");
  expect([...answer.headers.keys()].filter((header) => header.startsWith("access-control"))).toEqual([]);
  // The call that discloses a session is meant to hold its bytes; nothing holds another secret that there was before.
  const shown = fuzz
    .secretsIn(withoutOwnWords(answer, fuzzCase))
    .filter((secret) => secret !== "session bytes" || name !== DISCLOSES);
  expect(shown, told).toEqual([]);
  if (answer.status >= 400) {
    expectProblem(answer);
    expect(await readContents(), told).toEqual(contents);
  } else {
    fuzz.learn(answer);
    // Reading changes the last use of a credential at most, which is not compared.
    if (request.method !== "GET" || name === DISCLOSES) contents = await readContents();
  }
}

function expectProblem(answer: TestAnswer): void {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(errorCodes).toContain(answer.body.code);
  expect(answer.body).toMatchObject({ status: answer.status, requestId: answer.headers.get("x-request-id") });
  const { errors: _, ...words } = answer.body;
  expect(JSON.stringify(words)).not.toMatch(INSIDE);
}

/** What the caller sent comes back to the caller: a filter is echoed, an unknown field is named. */
const withoutOwnWords = ({ text }: TestAnswer, { query }: FuzzCase): string =>
  query.reduce(
    (rest, [name, value]) => rest.replaceAll(String(name) || "\0", "").replaceAll(String(value) || "\0", ""),
    text,
  );

it(`answers ${CASES} requests at random as its document says, changes nothing when it refuses, and keeps every secret`, async () => {
  let count = 0;
  const property = fc.asyncProperty(fuzzCases(operations, componentsOf()), async (fuzzCase) => {
    count += 1;
    if (count % RESTORE_EVERY === 0) {
      await fuzz.restore();
      contents = await readContents();
    }
    await check(fuzzCase);
  });
  // The world remembers what was asked before, so a smaller case would be another one: the first failure is told, with its seed.
  await fc.assert(property, { numRuns: CASES, endOnFailure: true, seed: SEED });
}, 300_000);

it("reached the inside of the calls, not only their refusals", () => {
  const succeeded = [...reached]
    .filter(([, statuses]) => [...statuses].some((status) => status < 300))
    .map(([name]) => name);
  expect(reached.size).toBe(operations.length);
  expect(succeeded.length).toBeGreaterThan(operations.length * 0.7);
});

it("left no secret in logs, events or audit", async () => {
  expect(fuzz.secretsIn(await fuzz.records())).toEqual([]);
});

/** The schemas that the document's references lead to. */
function componentsOf(): Components {
  const document: { components?: { schemas?: object } } = JSON.parse(JSON.stringify(describeApi("0.0.0-test")));
  return { ...document.components?.schemas };
}
