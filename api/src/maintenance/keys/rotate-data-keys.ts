import type { ServiceContext } from "@switchboard/core/context";
import { beginRun, completeRun, hasKeyOfRun } from "@switchboard/core/services/keys-rotation/data-key-run";
import {
  countRecordsByKey,
  type DataKeyStanding,
  listDataKeys,
} from "@switchboard/core/services/keys-rotation/data-key-standing";
import { resealUnderPresentKey } from "@switchboard/core/services/keys-rotation/reseal-records";
import { type DataKeyRotation, rotateDataKey } from "@switchboard/core/services/keys-rotation/rotate-data-key";
import { MaintenanceError } from "../failures.ts";
import type { Machine } from "../machine.ts";
import { eachSecond } from "../progress.ts";

interface Options {
  readonly bot?: string;
  readonly plan?: true;
}

/** Gives new data keys to all bots, or to one. An ended run goes on with the bots that it had not reached. */
export async function rotateDataKeys(machine: Machine, options: Options): Promise<void> {
  const ctx = await machine.open();
  const standings = choose(await listDataKeys(ctx), options.bot);
  if (options.plan) return tellPlan(machine, ctx, standings);
  const run = options.bot === undefined ? await beginRun(ctx) : null;
  const rotations: (DataKeyRotation & { readonly botId: string })[] = [];
  for (const [index, standing] of standings.entries()) {
    const hasNewKey = run !== null && hasKeyOfRun(run, standing);
    if (hasNewKey && standing.retiredKeyIds.length === 0) continue;
    const rotation = await rotateOne(machine, ctx, standing, {
      place: `${index + 1} of ${standings.length}`,
      hasNewKey,
    });
    if (rotation) rotations.push({ botId: standing.botId, ...rotation });
  }
  if (run !== null) await completeRun(ctx, run);
  tellResult(machine, rotations);
}

async function rotateOne(
  machine: Machine,
  ctx: ServiceContext,
  standing: DataKeyStanding,
  { place, hasNewKey }: { readonly place: string; readonly hasNewKey: boolean },
): Promise<DataKeyRotation | null> {
  const { output, interrupted } = machine;
  const onProgress = eachSecond((done: number) =>
    output.progress(`Bot ${place} (${standing.name}): ${done} records sealed again`),
  );
  const steps = { onProgress, shouldStop: () => interrupted.aborted };
  const rotation = hasNewKey
    ? { ...(await resealUnderPresentKey(ctx, standing.botId, steps)), newKeyId: null }
    : await rotateDataKey(ctx, standing.botId, "asked", steps);
  if (rotation?.isStopped || interrupted.aborted)
    throw new MaintenanceError(
      "interrupted",
      `Interrupted at bot ${place}. The installation works on.`,
      "Run the same command again to go on; a worker brings to its end what was begun.",
      130,
    );
  return rotation;
}

function choose(standings: readonly DataKeyStanding[], bot: string | undefined): readonly DataKeyStanding[] {
  if (bot === undefined) return standings;
  const found = standings.filter(({ botId, name }) => botId === bot || name === bot);
  if (found.length === 1) return found;
  const message =
    found.length === 0
      ? `No bot with a session has the id or name "${bot}".`
      : `Several bots of different teams have the name "${bot}".`;
  throw new MaintenanceError("not-found", message, "Ids and names: npm run -s maintain -- rotate data-keys --plan");
}

async function tellPlan({ output }: Machine, ctx: ServiceContext, standings: readonly DataKeyStanding[]) {
  const lines: string[] = [];
  const bots: unknown[] = [];
  for (const standing of standings) {
    const counts = await countRecordsByKey(ctx, standing.botId);
    const records = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const left = records - (counts.get(standing.keyId) ?? 0);
    const ageDays = Math.floor((ctx.clock.nowMs() - standing.createdAtMs) / 86_400_000);
    const retired =
      standing.retiredKeyIds.length === 0
        ? ""
        : `, ${left} records left under ${standing.retiredKeyIds.length} former keys`;
    const due = standing.due === null ? "" : `, due by ${standing.due}`;
    bots.push({ ...standing, records, recordsLeft: left, ageDays });
    lines.push(
      `${standing.botId}  ${standing.name}: key ${standing.keyId}, ${ageDays} days, ${standing.uses} uses, ${records} records${retired}${due}`,
    );
  }
  output.result({ bots }, [...lines, `${standings.length} bots. Nothing was changed.`]);
}

function tellResult({ output }: Machine, rotations: readonly (DataKeyRotation & { readonly botId: string })[]): void {
  const sum = (of: (rotation: DataKeyRotation) => number) => rotations.reduce((total, each) => total + of(each), 0);
  const [resealed, broken, kept] = [
    sum((each) => each.resealed),
    sum((each) => each.broken),
    sum((each) => each.keptKeyIds.length),
  ];
  if (broken > 0)
    output.warning(`${broken} records do not open and keep their former key: run doctor --deep to see which.`);
  output.result({ bots: rotations, resealed, broken }, [
    `Done: ${rotations.length} bots, ${resealed} records sealed again.`,
    ...(kept - broken > 0
      ? [
          `${kept} former keys are kept while the holder of their time has the bot, for a day at most; a worker deletes them.`,
        ]
      : []),
  ]);
}
