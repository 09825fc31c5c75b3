import type { Session } from "./session.ts";

/** Shows what the api shows once: `answer` with --json, otherwise what it is and the secret alone on a line. */
export function showSecret(session: Session, answer: unknown, about: string, secret: string): void {
  session.output.result(answer, (output) => {
    output.line(`${about}:`);
    output.line("");
    output.line(`  ${secret}`);
    output.line("");
    output.line("This is the only time it is shown.");
  });
}
