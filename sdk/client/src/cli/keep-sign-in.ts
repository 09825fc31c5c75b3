import { hostname } from "node:os";
import { saveCredentials } from "./credentials.ts";
import type { Session } from "./session.ts";

/** What the api answers to a sign-in. */
export interface SignedIn {
  readonly name: string;
  readonly email: string;
  readonly teamName: string;
  readonly role: string;
  readonly token: string;
  readonly expiresAt: string;
}

/** What a token of this computer is called in the list of tokens. */
export const tokenName = (): string => `sb on ${hostname()}`.slice(0, 80);

/** Keeps the token for the next runs, and says so; the token itself is not shown. */
export async function keepSignIn({ terminal, output, url }: Session, person: SignedIn, done: string): Promise<void> {
  const { token, ...shown } = person;
  const { email, expiresAt } = person;
  const file = await saveCredentials(terminal.env, { url, token, email, expiresAt });
  output.result({ ...shown, url, file }, () => {
    output.line(`${person.name} is ${done} at ${url}, as ${person.role} of ${person.teamName}.`);
    output.line(`The token is kept in ${file} and good until ${expiresAt}.`);
  });
}
