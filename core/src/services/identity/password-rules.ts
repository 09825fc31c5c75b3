import type { ServiceContext } from "../../context.ts";
import { invalid } from "../../errors.ts";

/**
 * Lets only a new password through that nobody guesses soon; its length is the schema's to check. Call it outside of
 * transactions: it takes a tenth of a second.
 * @param path the field the password came in
 * @param hints what others know of the person, as they are written: name, e-mail address, team
 * @throws ServiceError validation-failed with a sentence that says what to do
 */
export async function requireStrongPassword(
  ctx: Pick<ServiceContext, "passwords">,
  path: "password" | "newPassword",
  password: string,
  hints: readonly string[],
): Promise<void> {
  const weakness = await ctx.passwords.weaknessOf(password, hints);
  if (weakness !== null) throw invalid(path, weakness);
}
