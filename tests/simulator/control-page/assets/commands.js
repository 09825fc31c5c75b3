import { find } from "./elements.js";

/** Sends one command to the simulator and returns its answer. @throws {Error} with the simulator's reason */
export async function command(path, body = {}) {
  const res = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await res.json();
  if (!res.ok) throw new Error(answer.error ?? `the simulator answered ${res.status}`);
  return answer;
}

/** Runs what a button or form does, and says on the page how it went; `done` is said when it went well. */
export async function attempt(act, done = "") {
  try {
    say(done);
    await act();
  } catch (err) {
    say(`That did not work: ${err.message}`);
  }
}

/** Says a sentence on the page, also to those who do not see it. */
export function say(sentence) {
  find("status").textContent = sentence;
}
