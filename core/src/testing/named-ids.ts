import type { BotId, TeamId } from "@switchboard/db/schema";

/** An id that a test names itself or read from an answer; product code gets its ids from authorisation or rows. */
export const namedBotId = (text: string): BotId => text as BotId;

/** See {@link namedBotId}. */
export const namedTeamId = (text: string): TeamId => text as TeamId;
