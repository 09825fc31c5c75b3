/** One figure of the long form: tests that `npm test` has too, most of them shorter. */
export interface ChaosFigure {
  /** Number of the figure, and a word to choose it by. */
  readonly name: string;
  readonly shows: string;
  /** How much the whole long form is. */
  readonly full: string;
  readonly project: string;
  readonly files: readonly string[];
  /** Variables that say how much, in whole numbers, for the whole long form; none where the size is always the same. */
  readonly size: Readonly<Record<string, number>>;
  /** The line of the output that tells what happened. */
  readonly tells?: RegExp;
}

/** Everything `npm run test:chaos` runs, an hour at most on two cores. */
export const chaosFigures: readonly ChaosFigure[] = [
  {
    name: "F1-F3 fence",
    shows: "holders killed and stopped while they write fork, tear and lose nothing; without the fence they do",
    full: "40,000 batches, 1,000 kills, 1,500 stops",
    project: "simulator",
    files: ["tests/chaos/fenced-writes.test.ts"],
    size: { CHAOS_SIZE: 134 },
    tells: /acknowledged of/,
  },
  {
    name: "F4-F5 ratchets",
    shows: "no message counter is used twice over kills and faults; the client as it comes does",
    full: "128 seeds x 256 steps, without kills and with",
    project: "simulator",
    files: ["tests/signal-durability/signal-durability.test.ts", "tests/signal-durability/stock-client.test.ts"],
    size: { SIGNAL_DURABILITY_SEEDS: 128, SIGNAL_DURABILITY_STEPS: 256 },
  },
  {
    name: "F6 custody-model",
    shows: "the custody row is what its rules say in any order of commands",
    full: "2,000 runs x 50 commands",
    project: "simulator",
    files: ["tests/chaos/custody-model.test.ts"],
    size: { CHAOS_SIZE: 20 },
  },
  {
    name: "F7 interleavings",
    shows: "requests and answers of holders and of who ends their leases, in any order, fork, lose and outlive nothing",
    full: "20,000 orders",
    project: "simulator",
    files: ["tests/chaos/interleavings.test.ts"],
    size: { CHAOS_SIZE: 500 },
    tells: /orders of requests/,
  },
  {
    name: "F8-F10 partitions",
    shows: "lost requests, lost answers, lost renewals, repeats and steps of the clock fork and lose nothing",
    full: "15,000 batches under loss and steps of the clock",
    project: "simulator",
    files: ["tests/chaos/partitions.test.ts"],
    size: { CHAOS_SIZE: 30 },
    tells: /acknowledged under/,
  },
  {
    name: "F9 retry storm",
    shows: "batches that are sent again and again and out of order are applied once and in order",
    full: "1,000 batches, each sent 1 to 5 times",
    project: "simulator",
    files: ["tests/chaos/retry-storm.test.ts"],
    size: { CHAOS_SIZE: 50 },
    tells: /batches, \d+ requests/,
  },
  {
    name: "F19 tampering",
    shows: "no edit of a row of the session by somebody without the key is opened",
    full: "10,000 edits",
    project: "unit",
    files: ["core/src/crypto/tampering.test.ts"],
    size: {},
  },
  {
    name: "F20 rotations",
    shows: "no read and no commit fails while master key and data keys are rotated",
    full: "52 rotations",
    project: "integration",
    files: ["tests/integration/maintenance/rotation-load.test.ts"],
    size: { CHAOS_SIZE: 13 },
    tells: /rotations under/,
  },
  {
    name: "F22 authorization",
    shows: "no call answers another tenant, role or scope than those it is for",
    full: "2 tenants x all calls x all roles and scopes",
    project: "api",
    files: ["tests/integration/api/authorization-matrix.test.ts", "tests/integration/trpc/who-may-call.test.ts"],
    size: {},
  },
  {
    name: "F23 bad tokens",
    shows: "forged, confused, expired and cut tokens are refused alike, and change nothing",
    full: "60 kinds, and 25 of lease tokens",
    project: "api",
    files: ["tests/integration/api/bad-tokens.test.ts", "tests/integration/api/bad-lease-tokens.test.ts"],
    size: {},
  },
  {
    name: "F25 canaries",
    shows: "secrets are in no log, event, audit row, metric or foreign answer",
    full: "every secret of an installation",
    project: "api",
    files: ["tests/integration/api/secrets.test.ts", "tests/integration/api/audit-completeness.test.ts"],
    size: {},
  },
  {
    name: "F26 audit attacks",
    shows: "rows of the audit that are edited, deleted, cut off or appended anew are found",
    full: "1,000 attacks",
    project: "api",
    files: ["tests/integration/api/audit-chain.test.ts"],
    size: {},
  },
  {
    name: "F27 hand-overs",
    shows: "a bot that is handed over has no gap and is not recovered; after an unclean end it is recovered, in time",
    full: "500 clean, 500 after kills",
    project: "simulator",
    files: ["tests/chaos/hand-overs.test.ts"],
    size: { CHAOS_SIZE: 250 },
    tells: /hand-overs: /,
  },
  {
    name: "F28 restores",
    shows: "backups that are put back, also twice, use no message counter and no pre-key twice",
    full: "50 restores",
    project: "simulator",
    files: ["tests/signal-durability/restores.test.ts"],
    size: { SIGNAL_DURABILITY_RESTORES: 50 },
    tells: /restores, /,
  },
];

/** The variables of a run of so much of the long form; never less than one. */
export function sizeOf(figure: ChaosFigure, part: number): Record<string, string> {
  const sizes = Object.entries(figure.size).map(([name, size]) => [name, String(atLeastOne(size * part))]);
  return Object.fromEntries(sizes);
}

const atLeastOne = (size: number): number => Math.max(1, Math.round(size));
