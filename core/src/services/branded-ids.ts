import type { BotId, TeamId } from "@switchboard/db/schema";
import type { Ids } from "../ports/ids.ts";

/** The id of a bot that is about to be made: nobody else can own it, so there is nothing to authorise. */
export const newBotId = (ids: Ids): BotId => ids.next("bot") as BotId;

/** The id of a team that is about to be made; see {@link newBotId}. */
export const newTeamId = (ids: Ids): TeamId => ids.next("team") as TeamId;

/**
 * The id somebody named, for the one statement that finds out whether they may: its WHERE must name their team beside it.
 * What that statement answers is the authorised id; this one is not to be used any further.
 */
export const askedBotId = (text: string): BotId => text as BotId;

/** The id of a team somebody named; see {@link askedBotId}: the WHERE must hold that they belong to it. */
export const askedTeamId = (text: string): TeamId => text as TeamId;
