import { listOperations } from "./operations.ts";

/** How one request of a test differs from a bare GET. */
export interface TestRequest {
  readonly method?: string;
  /** Sent as `x-api-key`. */
  readonly key?: string;
  /** Sent as `Authorization: Bearer`. */
  readonly bearer?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Address of the socket's other end. */
  readonly peer?: string;
}

/** An answer, read. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests name the fields they expect; a wrong name fails the assertion
  readonly body: any;
}

/** The request as `fetch` takes it. */
export function toInit({ method, key, bearer, json, body, headers }: TestRequest): RequestInit {
  const all = new Headers(headers);
  if (key !== undefined) all.set("x-api-key", key);
  if (bearer !== undefined) all.set("authorization", `Bearer ${bearer}`);
  if (json !== undefined) all.set("content-type", "application/json");
  const content = json === undefined ? (body ?? null) : JSON.stringify(json);
  return { method: method ?? (content === null ? "GET" : "POST"), headers: all, body: content };
}

const documented = listOperations().map(({ method, path, operation }) => ({
  method: method.toUpperCase(),
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
  statuses: new Set(Object.keys(operation.responses)),
}));

/** No call of the REST API may be answered with a status that its document does not name. */
export function requireDocumented(method: string, path: string, status: number): void {
  const [plain = ""] = path.split("?");
  const matching = documented.filter((operation) => operation.method === method && operation.pattern.test(plain));
  if (matching.length > 0 && !matching.some(({ statuses }) => statuses.has(String(status))))
    throw new Error(`${method} ${plain} answered ${status}, which its document does not name`);
}

/** Reads an answer to its end. */
export async function readAnswer(response: Response): Promise<TestAnswer> {
  const text = await response.text();
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? JSON.parse(text) : null,
  };
}
