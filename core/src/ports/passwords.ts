/** Hashing of people's passwords, and the judgement of new ones. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Never throws for a wrong password. */
  verify(password: string, hash: string): Promise<boolean>;
  /** In the form of a hash, and no password's: to verify against where there is none, which then costs the same work. */
  readonly decoy: string;
  /**
   * Why the password would be guessed soon, as a sentence that says what to do; null: it is strong enough. Its length is
   * not judged here (ASVS 5.0 6.2.4, 6.2.11, 6.2.12).
   * @param hints what others know of the person: name, e-mail address, team; the product's name is always known
   */
  weaknessOf(password: string, hints: readonly string[]): Promise<string | null>;
}
