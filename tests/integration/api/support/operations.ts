import { describeApi } from "../../../../api/src/openapi.ts";

/** One call of the REST API as its document describes it. */
export interface Operation {
  /** Method and path, for names of tests. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly operation: {
    readonly summary?: string;
    readonly description?: string;
    readonly security?: readonly object[];
    readonly requestBody?: object;
    readonly responses: Readonly<Record<string, { readonly content?: object }>>;
  };
}

/** Every call of the REST API. */
export const listOperations = (): Operation[] =>
  Object.entries(describeApi("0.0.0-test").paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, method, path, operation })),
  );
