import { authBatchBytesMax, authRecordTypes } from "@switchboard/core/domain/auth-record-types";
import { newRecords } from "@switchboard/core/testing/auth-values";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openContents, type ReadContents } from "./support/contents.ts";
import { addOwner } from "./support/credentials.ts";
import { type HeldSession, holdSession } from "./support/held-session.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let held: HeldSession;
let readContents: ReadContents;
beforeAll(async () => {
  app = await createTestApp({ settings: { requestsPerMinute: 100_000 } });
  held = await holdSession(app, await addOwner(app.test));
  readContents = await openContents(app.test);
});
afterAll(() => app.dispose());

const sendText = (call: "read" | "batch", body: string) => {
  const { epoch } = held.lease;
  const headers = {
    "content-type": "application/json",
    "if-match": `"${epoch}.*"`,
    "idempotency-key": `${epoch}-1`,
  };
  return app.request(`/api/bots/${held.botId}/session/${call}`, { method: "POST", bearer: held.token, headers, body });
};
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const spaces = (bytes: number): string => " ".repeat(bytes);

describe("a body", () => {
  it("of a batch has 2 MB, and of a read 64 KB as everywhere", async () => {
    const batch = JSON.stringify({ seq: 1, set: {} });
    expect((await sendText("batch", batch + spaces(authBatchBytesMax - batch.length))).status).toBe(422);
    expect((await sendText("batch", batch + spaces(authBatchBytesMax - batch.length + 1))).status).toBe(413);
    const read = JSON.stringify({ keys: { session: [] } });
    expect((await sendText("read", read + spaces(64 * 1024 - read.length))).status).toBe(200);
    expect((await sendText("read", read + spaces(64 * 1024 - read.length + 1))).status).toBe(413);
  });

  it.each([
    ["nested without end", `{"seq":1,"set":${deep(100_000)}}`],
    ["with a prototype beside its fields", '{"seq":1,"set":{},"__proto__":{"set":{}}}'],
    ["with a prototype as type", '{"seq":1,"set":{"__proto__":{"7":null}}}'],
    ["with a prototype as id", '{"seq":1,"set":{"pre-key":{"__proto__":null}}}'],
    ["with a prototype in a value", '{"seq":1,"set":{"sender-key-memory":{"1@g.us":{"__proto__":true}}}}'],
    ["with a prototype in the credentials", '{"seq":1,"set":{},"creds":{"__proto__":{"me":{"id":"1@x"}}}}'],
    ["with one record twice", '{"seq":1,"set":{"pre-key":{"7":null,"7":null}}}'],
    ["with one record twice in two spellings", '{"seq":1,"set":{"pre-key":{"7":null,"\\u0037":null}}}'],
    ["with a field nobody knows", '{"seq":1,"set":{"pre-key":{"7":null}},"clear":true}'],
    ["without a number", '{"set":{"pre-key":{"7":null}}}'],
    ["with half a number", '{"seq":1.5,"set":{"pre-key":{"7":null}}}'],
    ["with a number below one", '{"seq":0,"set":{"pre-key":{"7":null}}}'],
    ["with a set that is a list", '{"seq":1,"set":[]}'],
    [
      "with 2,001 records",
      JSON.stringify({
        seq: 1,
        set: { "pre-key": Object.fromEntries(Array.from({ length: 2_001 }, (_, id) => [id, null])) },
      }),
    ],
  ])("%s is not stored", async (_, body) => {
    const before = await readContents();
    expect(await sendText("batch", body)).toMatchObject({ status: 422, body: { code: "validation-failed" } });
    expect(await readContents()).toEqual(before);
  });

  it.each([
    ["1,001 ids", JSON.stringify({ keys: { "pre-key": Array.from({ length: 1_001 }, (_, id) => `${id}`) } })],
    ["an id of another type", '{"keys":{"session":["7"]}}'],
    ["a type nobody knows", '{"keys":{"creds":["creds"]}}'],
    ["a prototype as type", '{"keys":{"__proto__":["7"]}}'],
    ["credentials it does not want", '{"creds":false}'],
  ])("that asks for %s is refused", async (_, body) => {
    expect(await sendText("read", body)).toMatchObject({ status: 422, body: { code: "validation-failed" } });
  });

  it("that asks for a thousand ids is answered from one moment", async () => {
    const ids = Array.from({ length: 1_000 }, (_, id) => `${id}`);
    expect(await sendText("read", JSON.stringify({ keys: { "pre-key": ids } }))).toMatchObject({ status: 200 });
  });
});

const anything = fc.anything({
  maxDepth: 3,
  key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "type", "data", "public")),
});
const ids = fc.oneof(
  fc.nat().map(String),
  fc.constantFrom("34600000001.0", "1@g.us", "__index", "__proto__"),
  fc.string(),
);
const types = fc.oneof(fc.constantFrom(...authRecordTypes), fc.string({ maxLength: 12 }));
const values = fc.oneof(
  fc.constantFrom(...Object.values(newRecords()).flatMap((records) => Object.values(records))),
  fc.constant(null),
  anything,
);
const batches = fc.record(
  {
    seq: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer(), anything),
    set: fc.oneof(
      { weight: 3, arbitrary: fc.dictionary(types, fc.dictionary(ids, values, { maxKeys: 2 }), { maxKeys: 2 }) },
      {
        weight: 2,
        arbitrary: fc.dictionary(fc.nat().map(String), fc.constant(null)).map((pre) => ({ "pre-key": pre })),
      },
      anything,
    ),
    creds: anything,
  },
  { requiredKeys: ["seq"] },
);
const reads = fc.record(
  {
    creds: fc.oneof(fc.constant(true), anything),
    keys: fc.oneof(fc.dictionary(types, fc.array(ids, { maxLength: 2 }), { maxKeys: 2 }), anything),
  },
  { requiredKeys: [] },
);

it.each([
  ["batch", batches],
  ["read", reads],
] as const)(
  "a %s of any form is answered or refused in words that quote nothing, and stores nothing when it is refused",
  async (call, bodies: fc.Arbitrary<unknown>) => {
    const canary = held.credentials.noiseKey.private.data;
    const reached = new Set<number>();
    let contents = await readContents();
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const answer = await sendText(call, JSON.stringify(body));
        reached.add(answer.status);
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400) {
          expect(await readContents()).toEqual(contents);
          expect(answer.text).not.toContain(canary);
        } else contents = await readContents();
      }),
      { numRuns: 250, seed: 308_422_687 },
    );
    expect([...reached]).toEqual(expect.arrayContaining([200, 422]));
  },
);
