/** Who asks, what with, and how long at most. */
export type Question = { body?: object; token?: string; signal?: AbortSignal };

/**
 * Asks the api or the simulator for JSON. The type is what the asker knows of the answer; it is not checked.
 * @throws {Error} with the answer when it is not 2xx.
 */
export async function ask<Answer = unknown>(method: string, url: string, question: Question = {}): Promise<Answer> {
  const { body, token, signal } = question;
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${method} ${new URL(url).pathname} was answered with ${response.status}: ${text}`);
  }
  return JSON.parse(text === "" ? "null" : text);
}
