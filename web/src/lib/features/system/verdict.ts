import type { Outputs } from "#lib/api/client.ts";

/** What the verdict is made of; undefined: not known. */
export interface SystemReading {
  readonly health: Outputs["system"]["health"] | undefined;
  readonly cleanup: Outputs["system"]["cleanup"]["status"] | undefined;
  /** The api's code of the last refusal of the health; null: it was answered. */
  readonly refusalCode: string | null;
}

/** How the installation is, in words, and what to do. */
export interface Verdict {
  readonly tone: "good" | "warning" | "bad";
  readonly title: string;
  /** Sentences; empty where all is well. */
  readonly advice: readonly string[];
}

/** Housekeeping runs every minute; this late, nobody does it. */
const LATE_MS = 5 * 60_000;
const LOGS = "Look at the lines of the process where Switchboard runs; “npm start” starts again what crashes.";

/** Judges the installation as a whole: the worst finding gives tone and title, and all give advice. */
export function judge(reading: SystemReading): Verdict {
  const findings = [...findUnreachable(reading), ...findWorkers(reading), ...findRest(reading)];
  const [worst] = [...findings].sort((one, other) => RANK[one.tone] - RANK[other.tone]);
  if (!worst) return { tone: "good", title: "Everything runs", advice: [] };
  return { tone: worst.tone, title: worst.title, advice: findings.flatMap(({ advice }) => advice) };
}

const RANK = { bad: 0, warning: 1, good: 2 } as const;

function findUnreachable({ refusalCode }: SystemReading): Verdict[] {
  if (refusalCode === null) return [];
  if (refusalCode === "unavailable" || refusalCode === "store-busy")
    return [
      {
        tone: "bad",
        title: "The database does not answer",
        advice: [
          "See whether it runs, whether its disk is full, and whether DATABASE_URL is right. Bots go on for a while without it, and nothing is lost.",
        ],
      },
    ];
  return [{ tone: "bad", title: "The api does not answer", advice: [`${LOGS} What is shown below may be old.`] }];
}

function findWorkers({ health }: SystemReading): Verdict[] {
  if (!health) return [];
  const silent = health.workers.filter(({ state }) => state === "silent").map(({ id }) => id);
  const fell = silent.length > 0 ? [`Silent: ${silent.join(", ")}. ${LOGS}`] : [];
  if (!health.workers.some(({ state }) => state === "up"))
    return [
      {
        tone: "bad",
        title: "No worker is up",
        advice: [
          "Bots are offline and calls are not screened until one is. Start Switchboard again, or its worker.",
          ...fell,
        ],
      },
    ];
  if (silent.length === 0) return [];
  const others = "The other workers take over its bots once its leases have run out, two minutes after its last sign.";
  return [{ tone: "warning", title: "A worker is silent", advice: [...fell, others] }];
}

function findRest({ health, cleanup }: SystemReading): Verdict[] {
  if (!health) return [];
  const findings: Verdict[] = [];
  const up = health.workers.filter(({ state }) => state === "up");
  const versions = new Set([...up.map(({ version }) => version), ...(health.version === null ? [] : [health.version])]);
  if (versions.size > 1)
    findings.push({
      tone: "warning",
      title: "Different versions run",
      advice: [`${[...versions].join(" and ")}: start the processes of the older one again.`],
    });
  if (cleanup && Date.parse(cleanup.nextDueAt) + LATE_MS < Date.parse(health.now))
    findings.push({
      tone: "warning",
      title: "The housekeeping is late",
      advice: [
        "Workers do it every minute. Decisions about calls and blocks go by the clock and stay right; old rows stay longer.",
      ],
    });
  return findings;
}
