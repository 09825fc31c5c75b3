import type { Command } from "commander";
import type { SwitchboardOutputs } from "../../index.ts";
import { notFoundError, usageError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { keepSignIn, tokenName } from "../keep-sign-in.ts";
import { addConfirmOption, addPasswordOption, confirmed, type PasswordOptions, readPassword } from "../passwords.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

type Team = SwitchboardOutputs["teams"]["current"];

/** teams list, show, create, rename, switch. */
export function addTeamsCommands(program: Command, start: Start): void {
  const teams = program.command("teams").description("the teams you belong to");
  teams
    .command("list")
    .description("every team of yours, and your role in it")
    .action(() => start(list));
  teams
    .command("show")
    .description("the team you act in")
    .action(() => start(show));
  addConfirmOption(teams.command("create <name>").description("make a team, with you as its owner")).action(
    (name: string, options: PasswordOptions) => start((session) => create(session, name, options)),
  );
  teams
    .command("rename <name>")
    .description("give the team you act in another name")
    .action((name: string) => start((session) => rename(session, name)));
  addPasswordOption(teams.command("switch <team>"), "your password")
    .description("sign in to another team of yours, by its id or name; a token belongs to one team")
    .action((team: string, options: PasswordOptions) => start((session) => switchTo(session, team, options)));
  addExamples(teams, [
    ["sb teams create 'Front office'", "beside the one you are in"],
    ["sb teams switch 'Front office'", "asks for your password and keeps the new token"],
  ]);
}

async function list(session: Session): Promise<void> {
  const page = await session.client().teams.list.query();
  session.output.result(page, (output) =>
    output.table(
      ["NAME", "YOUR ROLE", "THIS ONE", "MADE", "ID"],
      page.items.map((team) => [team.name, team.role, team.current, team.createdAt, team.id]),
      "You belong to no team.",
    ),
  );
}

async function show(session: Session): Promise<void> {
  showTeam(session, await session.client().teams.current.query());
}

async function create(session: Session, name: string, options: PasswordOptions): Promise<void> {
  showTeam(session, await confirmed(session, options, () => session.client().teams.create.mutate({ name })));
}

async function rename(session: Session, name: string): Promise<void> {
  showTeam(session, await session.client().teams.rename.mutate({ name }));
}

async function switchTo(session: Session, idOrName: string, options: PasswordOptions): Promise<void> {
  if (session.tokenSource === "SB_TOKEN")
    throw usageError("SB_TOKEN is set, and its token belongs to one team.", "Unset it, or put another token there.");
  const client = session.client();
  const [{ items: teams }, me] = await Promise.all([client.teams.list.query(), client.auth.me.query()]);
  const team = teams.find(({ id }) => id === idOrName) ?? teams.find(({ name }) => name === idOrName);
  if (!team)
    throw notFoundError(`You belong to no team "${idOrName}".`, `Teams: ${teams.map(({ name }) => name).join(", ")}.`);
  const password = await readPassword(session, options);
  const input = { email: me.email, password, tokenName: tokenName(), teamId: team.id };
  const person = await session.anonymousClient().auth.signIn.mutate(input);
  // The old token stays good for the other team; nobody holds it any more.
  await client.auth.signOut.mutate();
  await keepSignIn(session, person, "signed in");
}

function showTeam(session: Session, team: Team): void {
  session.output.result(team, (output) =>
    output.fields([
      ["Name", team.name],
      ["Id", team.id],
      ["Your role", team.role],
      ["Made", team.createdAt],
    ]),
  );
}
