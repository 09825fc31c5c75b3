import fc, { type Arbitrary } from "fast-check";
import type { Operation } from "./operations.ts";

/** A JSON schema as the document holds it; only what ours use. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

/** What the document says of a body. */
interface MediaType {
  readonly schema: Schema;
  readonly example?: unknown;
}

/** The schemas of the document by name. */
export type Components = Readonly<Record<string, Schema>>;

/** What one case of the fuzz asks; `ids` and `credential` are places in lists that grow while it runs. */
export interface FuzzCase {
  readonly operation: Operation;
  readonly credential: number;
  readonly ids: readonly number[];
  readonly query: readonly (readonly [string, unknown])[];
  /** undefined: none is sent. */
  readonly body: string | undefined;
  readonly contentType: string;
}

/** Texts that something somewhere might read as more than text. */
const NASTY = [
  "",
  " ",
  "0",
  "null",
  "undefined",
  "__proto__",
  "constructor",
  "' or 1=1 --",
  '"; drop table bots; --',
  "%00",
  "../../etc/passwd",
  "<img src=x onerror=alert(1)>",
  "{{7*7}}",
  "\u202eevil",
  "\u{1f916}".repeat(20),
  "e\u0301",
  "x".repeat(300),
  "34600000000@s.whatsapp.net",
  "123456789@lid",
  "0:0@g.us",
] as const;

/** Texts of the forms our fields have. */
const PLAUSIBLE = [
  "+34 600 000 123",
  "34600000000",
  "Europe/Madrid",
  "UTC",
  "15m",
  "24h",
  "7d",
  "2025-03-10T12:00:00.000Z",
  "2025-03-10",
  "203.0.113.0/24",
  "ada@example.org",
  "a sentence is easy to remember",
  "Front desk",
] as const;

const nasty = fc.constantFrom(...NASTY);
const junk = fc.oneof(
  nasty,
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, true, -1, 0, 1.5, 1e308, Number.MAX_SAFE_INTEGER, [], {}),
);

/** Values that a schema mostly allows, with its edges. */
function valuesOf(schema: Schema, components: Components, depth = 0): Arbitrary<unknown> {
  if (schema.$ref) return valuesOf(components[schema.$ref.split("/").at(-1) ?? ""] ?? {}, components, depth + 1);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map((choice) => valuesOf(choice, components, depth + 1)));
  const types = [schema.type ?? "string"].flat();
  return fc.oneof(...types.map((type) => valuesOfType(type, schema, components, depth)));
}

function valuesOfType(type: string, schema: Schema, components: Components, depth: number): Arbitrary<unknown> {
  switch (type) {
    case "object":
      return membersOf(schema, components, depth);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, components, depth + 1), {
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case "integer":
    case "number":
      return numbersOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...PLAUSIBLE) },
        { weight: 2, arbitrary: nasty },
        { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: Math.min(schema.maxLength ?? 40, 60) }) },
      );
  }
}

function numbersOf({ minimum = 0, maximum = 1_000 }: Schema): Arbitrary<number> {
  const edges = [minimum - 1, minimum, minimum + 1, maximum - 1, maximum, maximum + 1];
  return fc.oneof(fc.constantFrom(...edges), fc.integer({ min: minimum, max: Math.min(maximum, minimum + 100) }));
}

function membersOf(schema: Schema, components: Components, depth: number): Arbitrary<object> {
  const { properties = {}, required = [] } = schema;
  if (depth > 4) return fc.constant({});
  const members = Object.entries(properties).map(
    ([name, member]) => [name, valuesOf(member, components, depth + 1)] as const,
  );
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
}

/** What the document shows as an example, or what the schema allows; now and then with a member spoiled, or broken off. */
function bodiesOf({ schema, example }: MediaType, components: Components): Arbitrary<string> {
  const allowed = valuesOf(schema, components);
  const values = example === undefined ? allowed : fc.oneof(fc.constant(example), fc.constant(example), allowed);
  const whole = values.map((value) => JSON.stringify(value));
  const spoiled = fc
    .tuple(values, fc.nat(20), fc.oneof(junk, allowed), fc.constantFrom("add", "replace", "remove"))
    .map(([value, place, other, how]) => JSON.stringify(spoil(value, place, other, how)));
  const broken = fc.tuple(whole, fc.nat(50)).map(([text, end]) => text.slice(0, end));
  return fc.oneof(
    { weight: 8, arbitrary: whole },
    { weight: 4, arbitrary: spoiled },
    { weight: 1, arbitrary: junk.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: broken },
  );
}

function spoil(value: unknown, place: number, other: unknown, how: "add" | "replace" | "remove"): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return other;
  const entries = Object.entries(value);
  if (how === "add" || entries.length === 0) return { ...value, unknownMember: other };
  const index = place % entries.length;
  const kept = entries.flatMap(([name, member], at) => {
    if (at !== index) return [[name, member] as const];
    return how === "remove" ? [] : [[name, other] as const];
  });
  return Object.fromEntries(kept);
}

function queriesOf(operation: Operation, components: Components): Arbitrary<FuzzCase["query"]> {
  const parameters = parametersOf(operation).filter((parameter) => parameter.in === "query");
  const known = parameters.map(({ name, schema }) => fc.tuple(fc.constant(name), valuesOf(schema, components)));
  const odd = fc.tuple(fc.oneof(fc.constantFrom("limit", "cursor", "unknown", "__proto__"), nasty), junk);
  return fc.oneof(
    { weight: 6, arbitrary: known.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...known), { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(odd, { minLength: 1, maxLength: 2 }) },
  );
}

/** Cases for one call. */
function casesOf(operation: Operation, components: Components): Arbitrary<FuzzCase> {
  const media = bodyOf(operation);
  const none = fc.constant(undefined);
  const bodies = media === null ? none : bodiesOf(media, components);
  const odd = fc.oneof(none, fc.constantFrom("{}", "null", "[]", "{", '{"a":1,"a":2}', "\ud800"));
  return fc.record({
    operation: fc.constant(operation),
    credential: fc.nat(1_000),
    ids: fc.array(fc.nat(1_000_000), { minLength: 4, maxLength: 4 }),
    query: queriesOf(operation, components),
    body: fc.oneof({ weight: 12, arbitrary: bodies }, { weight: 1, arbitrary: odd }),
    contentType: fc.oneof(
      { weight: 20, arbitrary: fc.constant("application/json") },
      { weight: 1, arbitrary: fc.constantFrom("text/plain", "application/json; charset=latin1", "") },
    ),
  });
}

/** Cases for all calls, each as likely as the other. */
export const fuzzCases = (operations: readonly Operation[], components: Components): Arbitrary<FuzzCase> =>
  fc.oneof(...operations.map((operation) => casesOf(operation, components)));

function parametersOf({ operation }: Operation): Parameter[] {
  return "parameters" in operation && Array.isArray(operation.parameters) ? operation.parameters : [];
}

function bodyOf({ operation }: Operation): MediaType | null {
  const { requestBody } = operation;
  if (!requestBody || !("content" in requestBody)) return null;
  const content = requestBody.content as Readonly<Record<string, MediaType>>;
  return content["application/json"] ?? null;
}
