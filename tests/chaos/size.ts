/** How much is tried. */
export interface ChaosSize {
  /** Of everything that is left to chance; printed with the result, so that a run can be repeated. */
  readonly seed: number;
  /** How many times the short form. */
  readonly factor: number;
  readonly acknowledgedMin: number;
  readonly timeoutMs: number;
}

/** A few seconds by default; CHAOS_SIZE times as much where it is given, from CHAOS_SEED. */
export function readChaosSize(env: NodeJS.ProcessEnv = process.env): ChaosSize {
  const factor = wholeNumber(env.CHAOS_SIZE, 1);
  return {
    seed: wholeNumber(env.CHAOS_SEED, 1),
    factor,
    acknowledgedMin: 500 * factor,
    timeoutMs: 60_000 + 120_000 * factor,
  };
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError("CHAOS_SIZE and CHAOS_SEED are whole numbers above 0");
  return value;
}
