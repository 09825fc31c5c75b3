/** Sends one command to a simulator's control port and returns its JSON. @throws with the simulator's reason */
export async function control(baseUrl: string, command: string, body?: object): Promise<unknown> {
  const [method = "GET", path = "/"] = command.split(" ");
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(new URL(path, baseUrl), init).catch((err: unknown) => {
    throw new Error(`no simulator answers at ${baseUrl}; start one with "simulator serve"`, { cause: err });
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const isReason = typeof answer === "object" && answer !== null && "error" in answer;
  throw new Error(isReason ? String(answer.error) : `the simulator answered ${response.status}`);
}
