import { Ajv2020 } from "ajv/dist/2020.js";
import manifest from "../../../../api/package.json" with { type: "json" };
import { describeApi } from "../../../../api/src/openapi.ts";

/** A JSON schema as far as tests look into it. */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}
interface Content {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}

/** One call as the document describes it. */
export interface DescribedCall {
  /** Method and path, for names of tests. */
  readonly name: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly body: Content | null;
  readonly isBodyRequired: boolean;
  /** By status; null for an answer without content. */
  readonly answers: Readonly<Record<string, Content | null>>;
}

// The document is JSON whose form the framework's tests vouch for; here it is read through one narrow view.
const document = JSON.parse(JSON.stringify(describeApi(manifest.version)));

/** The schemas that have names. */
export const components: Readonly<Record<string, Schema>> = document.components.schemas;

/** The examples of problems that answers refer to. */
export const problemExamples: Readonly<Record<string, { readonly value: unknown }>> = document.components.examples;

/** The groups that are described. */
export const describedTags: readonly string[] = document.tags.map(({ name }: { name: string }) => name);

/** Every call of the document. */
export const describedCalls: readonly DescribedCall[] = Object.entries(document.paths).flatMap(([path, operations]) =>
  // biome-ignore lint/suspicious/noExplicitAny: see above
  Object.entries(operations as Record<string, any>).map(([method, operation]) => ({
    name: `${method} ${path}`,
    operationId: operation.operationId,
    tags: operation.tags,
    parameters: operation.parameters ?? [],
    body: operation.requestBody?.content["application/json"] ?? null,
    isBodyRequired: operation.requestBody?.required === true,
    answers: Object.fromEntries(
      // biome-ignore lint/suspicious/noExplicitAny: see above
      Object.entries(operation.responses as Record<string, any>).map(([status, { content }]) => [
        status,
        content?.["application/json"] ??
          content?.["application/problem+json"] ??
          content?.["text/event-stream"] ??
          null,
      ]),
    ),
  })),
);

/** Formats are the business of the product's own schemas; here it is about names and types. */
const formats = { email: true, "date-time": true } as const;
const validator = new Ajv2020({ strict: false, allErrors: true, formats });
validator.addSchema({ $id: "description", components: { schemas: closed(components) } });

/** What is wrong with a value by a schema of the document; members the schema does not name are wrong. */
export function findMismatches(schema: Schema, value: unknown): string[] {
  const check = validator.compile(withBase(closed(schema)));
  check(value);
  return (check.errors ?? []).map((err) => `${err.instancePath} ${err.message} ${JSON.stringify(err.params)}`);
}

/** The same schemas, refusing members that are not named, where the schema does not say which others there may be. */
function closed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(closed) as T;
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]));
  const isObject = "properties" in value && "type" in value && !("additionalProperties" in value);
  return (isObject ? { ...parts, additionalProperties: false } : parts) as T;
}

/** References lead into the document, whichever schema they stand in. */
const withBase = (schema: Schema): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"description#/components/'));
