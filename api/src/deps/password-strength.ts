import { hintWords, isMostlyHints } from "@switchboard/core/domain/password-hints";
import type { Passwords } from "@switchboard/core/ports/passwords";

/** A password that is found within so many guesses (a power of ten) is refused: zxcvbn's own highest class begins here. */
const GUESSES_LOG10_MIN = 10;
/** What follows is not looked at: the work grows with the square of the length, and these are enough to be strong. */
const LENGTH_LOOKED_AT = 64;

const ABOUT_YOU =
  "This password is mostly words that others know, such as your name, your team or Switchboard. Use a sentence that is not about them.";
const GUESSED_SOON =
  "This password is among the first that are tried. Use a sentence of your own, of four words or more that do not belong together.";

/**
 * Judges passwords by the number of guesses they would take, as zxcvbn estimates it from lists of leaked passwords,
 * keyboard patterns, dates and repetitions. The lists take a tenth of a second and 30 MB, at the first use only.
 */
export function createWeaknessOf(): Passwords["weaknessOf"] {
  let loading: ReturnType<typeof loadEstimate> | null = null;
  return async (password, hints) => {
    const words = hintWords(hints);
    if (isMostlyHints(password, words)) return ABOUT_YOU;
    loading ??= loadEstimate();
    const estimate = await loading;
    const { guessesLog10 } = estimate.check(password.normalize("NFKC").slice(0, LENGTH_LOOKED_AT), [...words]);
    return guessesLog10 < GUESSES_LOG10_MIN ? GUESSED_SOON : null;
  };
}

async function loadEstimate() {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}
