/** The upright scale of a chart: where it ends, and its lines from zero up. */
export interface Scale {
  readonly max: number;
  readonly lines: readonly number[];
}

const LINES_MAX = 5;
/** Steps people count in; whole, since there are no half calls. */
const STEPS = [1, 2, 5, 10];

/** A scale in whole, round steps that a value fits under, with five lines above zero at most. */
export function scaleFor(value: number): Scale {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value / LINES_MAX))));
  const step = power * (STEPS.find((candidate) => value <= candidate * power * LINES_MAX) ?? 10);
  const count = Math.max(1, Math.ceil(value / step));
  return { max: count * step, lines: Array.from({ length: count + 1 }, (_, index) => index * step) };
}

/** Which of so many days are named below a chart, evenly, the last one always. */
export function labelledDays(count: number, labelsMax: number): readonly number[] {
  const every = Math.max(1, Math.ceil(count / labelsMax));
  return Array.from({ length: count }, (_, index) => index).filter((index) => (count - 1 - index) % every === 0);
}
