import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { Connection } from "../connection/connection.ts";
import type { Stanza } from "../wire/binary-node.ts";
import type { World } from "../world.ts";

/** A query of a logged-in device. */
export interface Query {
  readonly world: World;
  readonly connection: Connection;
  readonly device: LinkedDevice;
  readonly iq: Stanza;
  readonly isSet: boolean;
}

/** The answer: content, an error, or `null` when the simulator does not know the query. */
export type Answer = readonly Stanza[] | QueryError | AnswerWithSequel | null;

/** An error as WhatsApp's server writes it. */
export interface QueryError {
  readonly errorCode: number;
  readonly errorText: string;
}

/** An answer after which something else has to happen. */
export interface AnswerWithSequel {
  readonly content: readonly Stanza[];
  readonly afterwards: () => void;
}

/** Answers the queries of one namespace. */
export type QueryHandler = (query: Query) => Answer;

/** The error for something that does not exist. */
export const ITEM_NOT_FOUND: QueryError = { errorCode: 404, errorText: "item-not-found" };

/** The error for a malformed query. */
export const BAD_REQUEST: QueryError = { errorCode: 400, errorText: "bad-request" };
