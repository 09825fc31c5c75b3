import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { createOutput } from "./output.ts";

const HOSTILE = "Eve\u001b[2J\u202e\r";

function openTerminal() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const terminal = { stdin, stdout, stderr, env: {}, interrupted: new AbortController().signal };
  return { output: createOutput(terminal, false), written: () => `${stdout.read() ?? ""}${stderr.read() ?? ""}` };
}

it("lets no name steer the terminal, wherever it is written", () => {
  const { output, written } = openTerminal();
  output.line(`Hello ${HOSTILE}`);
  output.progress(HOSTILE);
  output.table(["NAME"], [[HOSTILE]], "none");
  output.fields([["Name", HOSTILE]]);
  output.failure({
    exitCode: 1,
    code: "internal",
    message: HOSTILE,
    hint: null,
    requestId: null,
    errors: [{ path: HOSTILE, message: HOSTILE }],
  });
  const text = written();
  for (const steering of ["\u001b", "\u202e", "\r"]) expect(text).not.toContain(steering);
});
