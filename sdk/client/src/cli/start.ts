import type { Session } from "./session.ts";

/** Opens the session of this run and does the work of one command in it. */
export type Start = (work: (session: Session) => Promise<void>) => Promise<void>;
