/** Shorter parts of a name are in half of all sentences. */
const WORD_LENGTH_MIN = 3;
/** So many letters beside the known words make a password that is not about them. */
const OTHER_LETTERS_MIN = 8;
const PRODUCT_WORDS = ["switchboard"];

/**
 * The words a guess would try first for this person: what the hints consist of and the product's name, in small letters.
 * @param hints names and e-mail addresses as they are written
 */
export function hintWords(hints: readonly string[]): readonly string[] {
  const words = hints.flatMap((hint) =>
    hint
      .normalize("NFKC")
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u),
  );
  return [...new Set([...PRODUCT_WORDS, ...words])].filter((word) => word.length >= WORD_LENGTH_MIN);
}

/** Whether the password says little more than these words of {@link hintWords}: few letters are left without them. */
export function isMostlyHints(password: string, words: readonly string[]): boolean {
  const text = password.normalize("NFKC").toLowerCase();
  const longestFirst = [...words].sort((one, other) => other.length - one.length);
  const rest = longestFirst.reduce((left, word) => left.replaceAll(word, " "), text);
  return rest !== text && rest.replaceAll(/\P{L}/gu, "").length < OTHER_LETTERS_MIN;
}
