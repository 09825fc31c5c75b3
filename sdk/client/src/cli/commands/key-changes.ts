import type { Command } from "commander";
import type { SwitchboardInputs } from "../../index.ts";
import { usageError } from "../cli-error.ts";
import { findKey } from "../find-key.ts";
import { addConfirmOption, confirmed, type PasswordOptions } from "../passwords.ts";
import { readInteger, readList, readSeconds } from "../read-options.ts";
import type { Session } from "../session.ts";
import { showKey } from "../show-key.ts";
import { showSecret } from "../show-secret.ts";
import type { Start } from "../start.ts";

type Changes = SwitchboardInputs["keys"]["update"]["changes"];

interface UpdateOptions extends PasswordOptions {
  readonly name?: string;
  readonly cidr?: string;
  readonly requestsPerMinute?: string;
}

interface RotateOptions extends PasswordOptions {
  readonly overlap?: number;
  readonly days?: number;
}

/** keys update, disable, enable, rotate, revoke. */
export function addKeyChangeCommands(keys: Command, start: Start): void {
  addConfirmOption(keys.command("update <key>").description("change a key's name or limits"))
    .option("--name <name>", "its new name")
    .option("--cidr <list>", "address ranges it may be used from; `all` takes the limit away")
    .option("--requests-per-minute <number>", "a quota of its own; `none` takes it away")
    .action((key: string, options: UpdateOptions) => start((session) => update(session, key, options)));
  for (const [command, disabled] of [["disable", true] as const, ["enable", false] as const])
    addConfirmOption(
      keys
        .command(`${command} <key>`)
        .description(disabled ? "let a key rest; its requests are refused" : "let a disabled key work again"),
    ).action((key: string, options: PasswordOptions) =>
      start((session) => change(session, key, { disabled }, options)),
    );
  addConfirmOption(keys.command("rotate <key>").description("make a key's successor; its secret is shown once"))
    .option("--overlap <time>", "how long the present secret goes on working: 0s to 7d, 24h unless given", (text) =>
      readSeconds("--overlap", text),
    )
    .option("--days <number>", "days the successor lives; as long as the present one unless given", (text) =>
      readInteger("--days", text),
    )
    .action((key: string, options: RotateOptions) => start((session) => rotate(session, key, options)));
  addConfirmOption(keys.command("revoke <key>").description("end an API key for good, by id or name")).action(
    (key: string, options: PasswordOptions) => start((session) => revoke(session, key, options)),
  );
}

async function update(session: Session, idOrName: string, options: UpdateOptions): Promise<void> {
  const { name, cidr, requestsPerMinute } = options;
  const changes: Changes = {
    ...(name === undefined ? {} : { name }),
    ...(cidr === undefined ? {} : { cidrs: cidr === "all" ? null : readList("--cidr", cidr) }),
    ...(requestsPerMinute === undefined
      ? {}
      : {
          requestsPerMinute:
            requestsPerMinute === "none" ? null : readInteger("--requests-per-minute", requestsPerMinute),
        }),
  };
  if (Object.keys(changes).length === 0)
    throw usageError("Nothing is to change.", "Give --name, --cidr or --requests-per-minute.");
  await change(session, idOrName, changes, options);
}

async function change(session: Session, idOrName: string, changes: Changes, options: PasswordOptions): Promise<void> {
  const client = session.client();
  const { id: keyId } = await findKey(client, idOrName);
  showKey(session, await confirmed(session, options, () => client.keys.update.mutate({ keyId, changes })));
}

async function rotate(session: Session, idOrName: string, options: RotateOptions): Promise<void> {
  const client = session.client();
  const known = await findKey(client, idOrName);
  const input = {
    keyId: known.id,
    ...(options.overlap === undefined ? {} : { overlapSeconds: options.overlap }),
    ...(options.days === undefined ? {} : { expiresInDays: options.days }),
  };
  const key = await confirmed(session, options, () => client.keys.rotate.mutate(input));
  showSecret(session, key, `Successor of ${known.name} (${key.id}), good until ${key.expiresAt}`, key.secret);
}

async function revoke(session: Session, idOrName: string, options: PasswordOptions): Promise<void> {
  const client = session.client();
  const known = await findKey(client, idOrName);
  const key = await confirmed(session, options, () => client.keys.revoke.mutate({ keyId: known.id }));
  session.output.result(key, (output) => output.line(`${key.name} is revoked: its next request is refused.`));
}
