import type { Command } from "commander";
import type { SwitchboardClient, SwitchboardOutputs } from "../../index.ts";
import { addExamples } from "../examples.ts";
import { findBot } from "../find-bot.ts";
import { findKey } from "../find-key.ts";
import { holderWords } from "../holder-words.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

type Lease = SwitchboardOutputs["leases"]["get"];
type Handover = SwitchboardOutputs["leases"]["handover"];
type Switch = "revoke" | "freeze" | "unfreeze";

const switches: Readonly<Record<Switch, (client: SwitchboardClient, botId: string) => Promise<void>>> = {
  revoke: (client, botId) => client.leases.revoke.mutate({ botId }),
  freeze: (client, botId) => client.leases.freeze.mutate({ botId }),
  unfreeze: (client, botId) => client.leases.unfreeze.mutate({ botId }),
};
const switchWords: Readonly<Record<Switch, string>> = {
  revoke: "take the bot from whoever holds it; workers come for it after a few seconds",
  freeze: "take the bot from whoever holds it, and let nobody hold it until it is unfrozen",
  unfreeze: "let the bot be held again",
};
const doneWords: Readonly<Record<Switch, string>> = {
  revoke: "nobody holds it by an earlier lease any more.",
  freeze: "nobody may hold it.",
  unfreeze: "it may be held again.",
};
const WORKERS = "workers";

/** lease show, revoke, freeze, unfreeze, hand-over, force-take. */
export function addLeaseCommands(program: Command, start: Start): void {
  const lease = program.command("lease").description("who holds a bot's session, and who should");
  lease
    .command("show <bot>")
    .description("who holds the bot, since when and until when")
    .action((bot: string) => start((session) => show(session, bot)));
  for (const name of ["revoke", "freeze", "unfreeze"] as const)
    lease
      .command(`${name} <bot>`)
      .description(switchWords[name])
      .action((bot: string) => start((session) => turn(session, bot, name)));
  lease
    .command("hand-over <bot> <to>")
    .description("ask whoever holds the bot to give it back, and keep it for `workers` or a key (id or name)")
    .action((bot: string, to: string) => start((session) => handOver(session, bot, to)));
  lease
    .command("force-take <bot>")
    .description("take the bot without asking: for a holder that was asked and does not let go")
    .option("--to <to>", "`workers`, or a key (id or name) to keep it for", WORKERS)
    .action((bot: string, { to }: { to: string }) => start((session) => forceTake(session, bot, to)));
  addExamples(lease, [
    ["sb lease show reception", "a worker or a service, and since when"],
    ["sb lease hand-over reception workers", "the service is told to finish within 20 seconds"],
    ["sb lease freeze reception", "nobody connects with this session until you look into it"],
  ]);
}

async function show(session: Session, idOrName: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const lease = await client.leases.get.query({ botId: bot.id });
  session.output.result(lease, (output) =>
    output.fields([
      ["Bot", `${bot.name} (${bot.id})`],
      ["Custody", lease.state],
      ["Held by", holderWords(lease.holder)],
      ["Over", lease.expired ? "yes; nobody else has come for it yet" : null],
      ["Kept for", keptWords(lease)],
      ["Should be with", lease.assignedTo],
      ["Epoch", lease.epoch],
      ["Revision", lease.revision],
      ["At the latest until", lease.maxExpiresAt],
    ]),
  );
}

async function turn(session: Session, idOrName: string, name: Switch): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  await switches[name](client, bot.id);
  session.output.result({ botId: bot.id }, (output) => output.line(`${bot.name}: ${doneWords[name]}`));
}

async function handOver(session: Session, idOrName: string, to: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const asked = await client.leases.handover.mutate({ botId: bot.id, to: await targetOf(client, to) });
  session.output.result(asked, (output) => output.line(`${bot.name}: ${handoverWords(asked)}`));
}

async function forceTake(session: Session, idOrName: string, to: string): Promise<void> {
  const client = session.client();
  const bot = await findBot(client, idOrName);
  const taken = await client.leases.forceTake.mutate({ botId: bot.id, to: await targetOf(client, to) });
  session.output.result(taken, (output) => output.line(`${bot.name}: ${handoverWords(taken)}`));
}

const targetOf = async (client: SwitchboardClient, to: string): Promise<string> =>
  to === WORKERS ? WORKERS : (await findKey(client, to)).id;

const keptWords = ({ reservedFor }: Lease): string | null =>
  reservedFor === null ? null : `${reservedFor.to} until ${reservedFor.until}`;

const handoverWords = ({ to, deadline, reservedUntil }: Handover): string =>
  deadline === null
    ? `kept for ${to} until ${reservedUntil}.`
    : `its holder was asked to give it back by ${deadline}; then it is kept for ${to}.`;
