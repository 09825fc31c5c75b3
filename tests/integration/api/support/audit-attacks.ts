import { hashAuditRow } from "@switchboard/core/crypto/audit-chain";
import { fromHex, toHex } from "@switchboard/core/crypto/bytes";
import { type AuditCheckpoint, type AuditRowContent, CHAIN_BEGINNING } from "@switchboard/core/domain/audit-chain";
import type { Random } from "../../../signal-durability/random.ts";

/** A row with its place in the chain; hashes in hexadecimal. */
interface ChainedRow extends AuditRowContent {
  readonly previousHash: string | null;
  readonly hash: string | null;
}

/** Everything about the audit that a database holds. */
export interface AuditContents {
  readonly rows: readonly ChainedRow[];
  readonly checkpoints: readonly AuditCheckpoint[];
  /** SQLite's count of the table. */
  readonly counted: number;
  readonly triggers: Readonly<Record<string, string>>;
}

/** What somebody does who owns the database, knows the product by heart and lacks the audit key. */
export type Attack = (contents: AuditContents, random: Random) => AuditContents | Promise<AuditContents>;

/** Attacks by what they do; each leaves triggers and count as they were unless it says otherwise. */
export const attacks: Readonly<Record<string, Attack>> = {
  "edits a row": (contents, random) => ({ ...contents, rows: editOne(contents.rows, random).rows }),
  "edits a row and hashes it anew": async (contents, random) => {
    const { rows, at } = editOne(contents.rows, random);
    const hashed = await chain(rows.slice(0, at + 1), at);
    return { ...contents, rows: [...hashed, ...rows.slice(at + 1)] };
  },
  "edits a row and hashes all after it anew": async (contents, random) => {
    const { rows, at } = editOne(contents.rows, random);
    return { ...contents, rows: await chain(rows, at) };
  },
  "edits a row, hashes anew and has the checkpoints say so": async (contents, random) => {
    const { rows, at } = editOne(contents.rows, random);
    return withCheckpointsFitting({ ...contents, rows: await chain(rows, at) });
  },
  "removes rows in the middle": (contents, random) => ({ ...contents, rows: cutOut(contents.rows, random).rows }),
  "removes rows in the middle and links the rest": async (contents, random) => {
    const { rows, at } = cutOut(contents.rows, random);
    return { ...contents, rows: await chain(rows, at) };
  },
  "removes rows in the middle, and numbers, links and counts anew": async (contents, random) => {
    const { rows, at } = cutOut(contents.rows, random);
    return withCountFitting({ ...contents, rows: await chain(renumbered(rows), at) });
  },
  "cuts off the end": (contents, random) => ({ ...contents, rows: begun(contents.rows, random) }),
  "cuts off the end and sets the count back": (contents, random) =>
    withCountFitting({ ...contents, rows: begun(contents.rows, random) }),
  "puts everything back to an earlier state": (contents, random) => putBack(contents, random),
  "puts everything back and goes on from there": async (contents, random) => {
    const earlier = putBack(contents, random);
    const more = contents.rows.slice(0, 1 + random.below(3)).map((row, index) => {
      return { ...row, id: `aud_other${index}`, sequence: earlier.rows.length + index + 1 };
    });
    const rows = await chain([...earlier.rows, ...more], earlier.rows.length);
    return withCountFitting({ ...earlier, rows });
  },
  "cuts off the end and writes other rows in their place": async (contents, random) => {
    const kept = begun(contents.rows, random);
    const others = contents.rows.slice(kept.length).map((row) => ({ ...row, ...edited(row, random) }));
    return { ...contents, rows: await chain([...kept, ...others], kept.length) };
  },
  "exchanges what two rows say": (contents, random) => ({ ...contents, rows: exchanged(contents.rows, random) }),
  "exchanges two rows and hashes anew": async (contents, random) => ({
    ...contents,
    rows: await chain(exchanged(contents.rows, random), 0),
  }),
  "puts a row in between": async (contents, random) => {
    const at = random.below(contents.rows.length - 1);
    const row = contents.rows[at];
    if (!row) return contents;
    const rows = [...contents.rows.slice(0, at), { ...row, id: "aud_between" }, ...contents.rows.slice(at)];
    return withCountFitting({ ...contents, rows: await chain(renumbered(rows), at) });
  },
  "takes the hashes from rows, and the checkpoints after them": (contents, random) => {
    const from = random.below(contents.rows.length);
    const rows = contents.rows.map((row, at) => (at < from ? row : { ...row, previousHash: null, hash: null }));
    return { ...contents, rows, checkpoints: contents.checkpoints.filter(({ sequence }) => sequence <= from) };
  },
  "removes checkpoints": (contents, random) => {
    const at = random.below(contents.checkpoints.length);
    return { ...contents, checkpoints: contents.checkpoints.filter((_, index) => index !== at) };
  },
  "marks a checkpoint as pruned and removes the rows up to it": (contents, random) => {
    const { sequence } = random.pick(contents.checkpoints.slice(1));
    const checkpoints = contents.checkpoints.filter((checkpoint) => checkpoint.sequence >= sequence);
    const [first, ...later] = checkpoints;
    const pruned = first ? [{ ...first, prunedAtMs: first.atMs + 1 }] : [];
    return { ...contents, checkpoints: [...pruned, ...later], rows: contents.rows.slice(sequence) };
  },
  "changes a signed time": (contents, random) => {
    const at = random.below(contents.checkpoints.length);
    const checkpoints = contents.checkpoints.map((one, index) => (index === at ? { ...one, atMs: one.atMs + 1 } : one));
    return { ...contents, checkpoints };
  },
  "drops a trigger": (contents, random) => {
    const { [random.pick(Object.keys(contents.triggers))]: _dropped, ...triggers } = contents.triggers;
    return { ...contents, triggers };
  },
  "makes a trigger another one": (contents, random) => {
    const name = random.pick(Object.keys(contents.triggers));
    const text = (contents.triggers[name] ?? "").replace(/SELECT RAISE[^;]*;/, "SELECT 1;");
    return { ...contents, triggers: { ...contents.triggers, [name]: text } };
  },
  "removes everything": (contents) => ({ ...contents, rows: [], checkpoints: [], counted: 0 }),
};

const FIELDS: readonly ((random: Random) => Partial<AuditRowContent>)[] = [
  (random) => ({ actorId: `usr_other${random.below(1_000)}` }),
  () => ({ actorId: null }),
  (random) => ({ action: `bot.other${random.below(1_000)}` }),
  (random) => ({ objectId: `bot_other${random.below(1_000)}` }),
  () => ({ outcome: "failure" }),
  (random) => ({ address: `192.0.2.${random.below(250)}` }),
  (random) => ({ atMs: 1_000 + random.below(1_000) }),
  (random) => ({ detail: `{"name":"other${random.below(1_000)}"}` }),
  () => ({ teamId: "team_other" }),
  (random) => ({ id: `aud_other${random.below(1_000)}` }),
  () => ({ requestId: "" }),
];

const edited = (_row: ChainedRow, random: Random): Partial<AuditRowContent> => random.pick(FIELDS)(random);

function editOne(rows: readonly ChainedRow[], random: Random) {
  const at = random.below(rows.length);
  return { rows: rows.map((row, index) => (index === at ? { ...row, ...edited(row, random) } : row)), at };
}

/** Without one to three rows that are not the last. */
function cutOut(rows: readonly ChainedRow[], random: Random) {
  const at = random.below(rows.length - 3);
  const count = 1 + random.below(3);
  return { rows: rows.filter((_, index) => index < at || index >= at + count), at };
}

const begun = (rows: readonly ChainedRow[], random: Random) => rows.slice(0, random.below(rows.length));

/** Rows, checkpoints and count as they were at some moment. */
function putBack(contents: AuditContents, random: Random): AuditContents {
  const rows = begun(contents.rows, random);
  const checkpoints = contents.checkpoints.filter(({ sequence }) => sequence <= rows.length && rows.length > 0);
  return withCountFitting({ ...contents, rows, checkpoints });
}

function exchanged(rows: readonly ChainedRow[], random: Random): readonly ChainedRow[] {
  const one = random.below(rows.length - 1);
  const other = one + 1 + random.below(rows.length - one - 1);
  const [first, second] = [rows[one], rows[other]];
  if (!first || !second) return rows;
  const { sequence, hash, previousHash } = first;
  const places = { sequence: second.sequence, hash: second.hash, previousHash: second.previousHash };
  const swapped = [...rows];
  swapped[one] = { ...second, sequence, hash, previousHash };
  swapped[other] = { ...first, ...places };
  return swapped;
}

const renumbered = (rows: readonly ChainedRow[]) => rows.map((row, index) => ({ ...row, sequence: index + 1 }));

const withCountFitting = (contents: AuditContents): AuditContents => ({ ...contents, counted: contents.rows.length });

/** Hashes of checkpoints become those of their rows; the signatures stay, since nobody can make others. */
function withCheckpointsFitting(contents: AuditContents): AuditContents {
  const hashes = new Map(contents.rows.map(({ sequence, hash }) => [sequence, hash]));
  const checkpoints = contents.checkpoints.map((one) => ({ ...one, hash: hashes.get(one.sequence) ?? one.hash }));
  return { ...contents, checkpoints };
}

/** Hashes the rows from `from` on, each after the one before it. */
async function chain(rows: readonly ChainedRow[], from: number): Promise<ChainedRow[]> {
  const chained = rows.slice(0, from);
  for (const row of rows.slice(from)) {
    const previousHash = chained.at(-1)?.hash ?? CHAIN_BEGINNING;
    chained.push({ ...row, previousHash, hash: toHex(await hashAuditRow(fromHex(previousHash), row)) });
  }
  return chained;
}
