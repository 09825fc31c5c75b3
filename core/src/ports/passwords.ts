/** Hashing of people's passwords. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Never throws for a wrong password. */
  verify(password: string, hash: string): Promise<boolean>;
}
