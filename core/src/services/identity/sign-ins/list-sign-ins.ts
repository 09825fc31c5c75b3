import { userSessions } from "@switchboard/db/schema";
import { and, eq, gt } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { SIGN_IN_IDLE_SECONDS, SIGN_IN_SECONDS_MAX } from "../../../domain/sign-in-life.ts";
import { authorizePerson } from "../../access.ts";
import { type Page, readNewestFirst } from "../../pages.ts";
import { ownSignInId } from "./end-credentials.ts";
import type { BrowserSignInView, listSignInsSchema } from "./schemas.ts";

/** One's own browser sign-ins that are not over, newest first. @throws ServiceError forbidden for who is no person */
export async function listSignIns(
  ctx: ServiceContext,
  input: z.output<typeof listSignInsSchema>,
): Promise<Page<BrowserSignInView>> {
  const person = authorizePerson(ctx);
  const currentId = ownSignInId(person);
  const ago = (seconds: number) => new Date(ctx.clock.nowMs() - seconds * 1000);
  const isOpen = and(
    eq(userSessions.userId, person.userId),
    gt(userSessions.createdAt, ago(SIGN_IN_SECONDS_MAX)),
    gt(userSessions.updatedAt, ago(SIGN_IN_IDLE_SECONDS)),
  );
  return readNewestFirst(
    input,
    userSessions.id,
    ({ isBeyond, order, rowsMax }) =>
      ctx.db.reader.select().from(userSessions).where(and(isOpen, isBeyond)).orderBy(order).limit(rowsMax),
    ({ id, ipAddress, userAgent, createdAt, updatedAt }) => ({
      id,
      current: id === currentId,
      address: ipAddress,
      userAgent,
      createdAt: createdAt.toISOString(),
      lastUsedAt: updatedAt.toISOString(),
    }),
  );
}
