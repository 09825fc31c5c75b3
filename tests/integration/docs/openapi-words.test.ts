import { describe, expect, it } from "vitest";
import { fieldWords } from "../../../api/src/openapi/glossary.ts";
import { parameterWords } from "../../../api/src/openapi/parameter-words.ts";
import { SELF_EXPLANATORY } from "../../../api/src/openapi/self-explanatory.ts";
import { components, describedCalls, describedTags, type Schema } from "./support/description.ts";

/** Every field of a schema, also of the objects inside it, with the name of the schema it belongs to. */
function fieldsOf(owner: string, schema: Schema): { readonly name: string; readonly isExplained: boolean }[] {
  const own = Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name: `${owner}.${name}`,
    isExplained: field.description !== undefined || SELF_EXPLANATORY.has(name),
  }));
  const { properties = {}, items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema;
  const more = typeof additionalProperties === "object" ? [additionalProperties] : [];
  const parts = [...Object.values(properties), ...(items ? [items] : []), ...more, ...anyOf, ...oneOf, ...allOf];
  return [...own, ...parts.flatMap((part) => fieldsOf(owner, part))];
}

const fields = Object.entries(components).flatMap(([name, schema]) => fieldsOf(name, schema));
const parameters = describedCalls.flatMap(({ name, parameters }) =>
  parameters.map((parameter) => ({ ...parameter, call: name })),
);

describe("the description of the API", () => {
  it("has a word for every field that does not explain itself (api/src/openapi/glossary.ts)", () => {
    expect(fields.filter(({ isExplained }) => !isExplained).map(({ name }) => name)).toEqual([]);
  });

  it("has a word for every parameter", () => {
    expect(parameters.filter(({ description }) => !description).map(({ call, name }) => `${call}: ${name}`)).toEqual(
      [],
    );
  });

  it("has no word for what is not there", () => {
    const owned = new Set(fields.map(({ name }) => name));
    const plain = new Set(fields.map(({ name }) => name.split(".")[1]));
    expect(Object.keys(fieldWords).filter((name) => !owned.has(name) && !plain.has(name))).toEqual([]);
    const known = new Set(parameters.map(({ name }) => name));
    expect(Object.keys(parameterWords).filter((name) => !known.has(name.split("@")[0] ?? ""))).toEqual([]);
  });

  it("names each call once, and each group of calls in words (api/src/openapi/tags.ts)", () => {
    const names = describedCalls.map(({ operationId }) => operationId);
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
    expect(new Set(describedCalls.flatMap(({ tags }) => tags))).toEqual(new Set(describedTags));
  });
});
