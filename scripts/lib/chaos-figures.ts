/** One figure of the long form: tests that exist in a short form in `npm test` too. */
export interface ChaosFigure {
  /** Number of the figure, and a word to choose it by. */
  readonly name: string;
  readonly shows: string;
  readonly project: string;
  readonly files: readonly string[];
  /** Variables that say how much, in whole numbers, for the whole long form. */
  readonly size: Readonly<Record<string, number>>;
  /** The line of the output that tells what happened. */
  readonly tells?: RegExp;
}

/** Everything `npm run test:chaos` runs, an hour at most on two cores. */
export const chaosFigures: readonly ChaosFigure[] = [
  {
    name: "F1-F3 fence",
    shows: "holders killed and stopped while they write fork, tear and lose nothing; without the fence they do",
    project: "simulator",
    files: ["tests/chaos/fenced-writes.test.ts"],
    size: { CHAOS_SIZE: 20 },
    tells: /acknowledged of/,
  },
  {
    name: "F4-F5 ratchets",
    shows: "no message counter is used twice over kills and faults; the client as it comes does",
    project: "simulator",
    files: ["tests/signal-durability"],
    size: { SIGNAL_DURABILITY_SEEDS: 128, SIGNAL_DURABILITY_STEPS: 256 },
  },
  {
    name: "F6 custody-model",
    shows: "the custody row is what its rules say in any order of commands",
    project: "simulator",
    files: ["tests/chaos/custody-model.test.ts"],
    size: { CHAOS_SIZE: 16 },
  },
  {
    name: "F8-F10 partitions",
    shows: "lost requests, lost answers, lost renewals, repeats and steps of the clock fork and lose nothing",
    project: "simulator",
    files: ["tests/chaos/partitions.test.ts"],
    size: { CHAOS_SIZE: 10 },
    tells: /acknowledged under/,
  },
  {
    name: "F20 rotations",
    shows: "no read and no commit fails while master key and data keys are rotated",
    project: "integration",
    files: ["tests/integration/maintenance/rotation-load.test.ts"],
    size: { CHAOS_SIZE: 13 },
    tells: /rotations under/,
  },
  {
    name: "F28 restores",
    shows: "backups that are put back, also twice, use no message counter and no pre-key twice",
    project: "simulator",
    files: ["tests/signal-durability/restores.test.ts"],
    size: { SIGNAL_DURABILITY_RESTORES: 50 },
    tells: /restores, /,
  },
];

/** The variables of a run of so much of the long form; never less than one. */
export function sizeOf(figure: ChaosFigure, part: number): Record<string, string> {
  const sizes = Object.entries(figure.size).map(([name, size]) => [name, String(Math.max(1, Math.round(size * part)))]);
  return Object.fromEntries(sizes);
}
