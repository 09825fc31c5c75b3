/** How long the figures run: short by default, the long form by variables of the environment. */
export interface FigureSize {
  readonly seeds: readonly number[];
  readonly steps: number;
}

/** SIGNAL_DURABILITY_SEEDS runs (16), from SIGNAL_DURABILITY_FIRST_SEED (1), of SIGNAL_DURABILITY_STEPS steps (64) each. */
export function readFigureSize(env: NodeJS.ProcessEnv = process.env): FigureSize {
  const first = wholeNumber(env.SIGNAL_DURABILITY_FIRST_SEED, 1);
  return {
    seeds: Array.from({ length: wholeNumber(env.SIGNAL_DURABILITY_SEEDS, 16) }, (_, index) => first + index),
    steps: wholeNumber(env.SIGNAL_DURABILITY_STEPS, 64),
  };
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError("the size of a figure is a whole number above 0");
  return value;
}

/** Enough for one run of this many steps on a slow machine, in milliseconds. */
export function runTimeoutMs(steps: number): number {
  return 30_000 + steps * 500;
}
