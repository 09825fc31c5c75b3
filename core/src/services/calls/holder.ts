import { type LeaseName, leaseIsCurrent } from "@switchboard/db/queries/custody";
import type { CallRow } from "@switchboard/db/queries/screening";
import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../context.ts";
import { type ReplyStep, replyStep } from "../../domain/call-effects.ts";
import type { CallEnding, RejectStatus, ReplyStatus } from "../../domain/vocabulary.ts";
import { staleEpoch } from "./internal.ts";

/** What the verbs of a bot's holder need of a context: the holder acts for nobody. */
export type HolderContext = Pick<ServiceContext, "db" | "clock" | "ids">;

/** Where reject and reply of a call stand after a verb, so that the holder knows what to do next. */
export interface CallProgress {
  readonly callRowId: string;
  readonly rejectStatus: RejectStatus;
  readonly replyStatus: ReplyStatus;
  readonly ended: CallEnding | null;
  /** Whether a waiting text may go out now. */
  readonly replyStep: ReplyStep;
}

/** A write transaction of the bot's holder. @throws ServiceError stale-epoch when the lease is not the bot's any more */
export function writeAsHolder<T>(
  ctx: Pick<ServiceContext, "db">,
  lease: LeaseName,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return ctx.db.write(async (tx) => {
    if (!(await leaseIsCurrent(tx, lease))) throw staleEpoch();
    return work(tx);
  });
}

/** The progress a row shows. */
export function progressOf({ id, rejectStatus, replyStatus, ended }: CallRow): CallProgress {
  return { callRowId: id, rejectStatus, replyStatus, ended, replyStep: replyStep(replyStatus, rejectStatus, ended) };
}
