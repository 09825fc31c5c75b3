import type { OpenAPIHono } from "@hono/zod-openapi";
import { answerExamples } from "./examples/index.ts";
import { fieldWords } from "./glossary.ts";
import { operationIdOf } from "./operation-id.ts";
import { parameterWords } from "./parameter-words.ts";

/** An OpenAPI 3.1 document as the framework makes it. */
export type Description = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** The parts of a document that are completed; everything else passes untouched. */
interface Schema {
  $ref?: string;
  description?: string;
  example?: unknown;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}
interface Content {
  schema?: Schema;
  example?: unknown;
}
interface Parameter {
  name: string;
  in: string;
  description?: string;
  example?: unknown;
}
interface Operation {
  operationId?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { content?: Record<string, Content> }>;
}

const JSON_TYPE = "application/json";
const COMPONENT = "#/components/schemas/";

/** Adds what the routes do not say of themselves: names of the calls, words for fields and parameters, examples of answers. */
export function completeDescription(made: Description): Description {
  const description = structuredClone(made);
  // The framework's types allow a reference in every place; these places hold none.
  const schemas = (description.components?.schemas ?? {}) as Record<string, Schema>;
  const paths = (description.paths ?? {}) as Record<string, Record<string, Operation>>;
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      operation.operationId = operationIdOf(method, path);
      for (const parameter of operation.parameters ?? []) explainParameter(parameter, operation.tags?.[0] ?? "");
      addBodyExample(operation, schemas);
      addAnswerExamples(operation);
    }
  for (const [name, schema] of Object.entries(schemas)) explainFields(schema, name);
  return description;
}

function explainParameter(parameter: Parameter, tag: string): void {
  const words = parameterWords[`${parameter.name}@${tag}`] ?? parameterWords[parameter.name];
  parameter.description ??= words?.description ?? "";
  if (words?.example !== undefined) parameter.example ??= words.example;
}

/** The example a body's schema was given stands with the body, where tools look for it. */
function addBodyExample(operation: Operation, schemas: Record<string, Schema>): void {
  const content = operation.requestBody?.content[JSON_TYPE];
  const example = schemas[nameOf(content?.schema)]?.example;
  if (content && example !== undefined) content.example ??= example;
}

function addAnswerExamples(operation: Operation): void {
  for (const [status, { content }] of Object.entries(operation.responses)) {
    const answer = content?.[JSON_TYPE];
    const example = answerExamples[nameOf(answer?.schema)];
    if (answer && Number(status) < 300 && example !== undefined) answer.example ??= example;
  }
}

const nameOf = (schema: Schema | undefined): string => schema?.$ref?.replace(COMPONENT, "") ?? "";

function explainFields(schema: Schema, owner: string): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const words = fieldWords[`${owner}.${name}`] ?? fieldWords[name];
    if (words !== undefined) field.description ??= words;
    explainFields(field, owner);
  }
  for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])])
    explainFields(part, owner);
  if (schema.items) explainFields(schema.items, owner);
  if (typeof schema.additionalProperties === "object") explainFields(schema.additionalProperties, owner);
}
