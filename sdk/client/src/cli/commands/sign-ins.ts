import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import { addPageOptions, noteMore, type PageOptions } from "../pages.ts";
import type { Session } from "../session.ts";
import type { Start } from "../start.ts";

/** sign-ins list, end: one's own browsers. */
export function addSignInsCommands(program: Command, start: Start): void {
  const signIns = program.command("sign-ins").description("the browsers you are signed in with");
  addPageOptions(signIns.command("list").description("each of them, the newest first"), "sign-ins").action(
    (options: PageOptions) => start((session) => list(session, options)),
  );
  signIns
    .command("end <sign-in>")
    .description("sign one of them out, by its id")
    .action((signInId: string) => start((session) => end(session, signInId)));
  addExamples(signIns, [["sb sign-ins list", "to end all at once: sb logout --everywhere"]]);
}

async function list(session: Session, options: PageOptions): Promise<void> {
  const page = await session.client().auth.signIns.list.query(options);
  session.output.result(page, (output) => {
    output.table(
      ["SINCE", "LAST USED", "FROM", "BROWSER", "ID"],
      page.items.map((item) => [item.createdAt, item.lastUsedAt, item.address, item.userAgent, item.id]),
      "You are signed in with no browser.",
    );
    noteMore(output, page);
  });
}

async function end(session: Session, signInId: string): Promise<void> {
  await session.client().auth.signIns.end.mutate({ signInId });
  session.output.result({ ended: signInId }, (output) => output.line("That browser is signed out."));
}
