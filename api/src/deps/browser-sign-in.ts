import { randomBytes, toBase64Url } from "@switchboard/core/crypto/bytes";
import type { Keyring } from "@switchboard/core/crypto/keyring";
import { isSignInOver, SIGN_IN_IDLE_SECONDS } from "@switchboard/core/domain/sign-in-life";
import { ServiceError } from "@switchboard/core/errors";
import type { Clock } from "@switchboard/core/ports/clock";
import type { Ids } from "@switchboard/core/ports/ids";
import type { Passwords } from "@switchboard/core/ports/passwords";
import { PASSWORD_LENGTH_MIN } from "@switchboard/core/services/identity/schemas";
import { accounts, userSessions, users, verifications } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { isAPIError } from "better-auth/api";
import { betterAuth } from "better-auth/minimal";
import { and, eq } from "drizzle-orm";
import type { AppLogger, BrowserSignIn } from "../app-deps.ts";
import { trustedOrigins } from "../origins.ts";

/** The end is moved at most this often, so that not every request writes. */
const MOVE_END_SECONDS = 60;
const PASSWORD_LENGTH_MAX = 256;
const ID_BYTES = 16;
/** Set by us on every request that reaches the library; what a client wrote there is overwritten. */
const ADDRESS_FIELD = "x-switchboard-address";

/** The call of the library that tells, and prolongs, a sign-in. */
const GET_SESSION = "/api/auth/get-session";

/** What the sign-in of browsers is made of. */
interface Parts {
  readonly db: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly publicUrl: string;
  readonly logger: AppLogger;
}

/** Cookies over our tables of people. Nobody signs up here: the first admin comes from setup. */
export function createBrowserSignIn(parts: Parts): BrowserSignIn {
  const library = createLibrary(parts);
  /** Looks without moving the end, which would make a sign-in that is over look used. */
  const findOpen = async (headers: Headers): Promise<LibrarySignIn | null> => {
    const found = await library.api.getSession({ headers, query: { disableRefresh: true } });
    return found && isOver(found.session, parts.clock.nowMs()) ? null : found;
  };
  return {
    handle: async (request, address) => {
      const known = withAddress(request, address);
      if (new URL(request.url).pathname === GET_SESSION && !(await findOpen(request.headers)))
        known.headers.delete("cookie");
      return library.handler(known);
    },
    findUser: async (headers) => {
      const found = await findOpen(headers);
      if (!found) return null;
      const { user, session } = found;
      const isDue = session.updatedAt.getTime() + MOVE_END_SECONDS * 1000 <= parts.clock.nowMs();
      const setCookies = isDue ? await moveEnd(parts, library, found, headers) : [];
      return setCookies && { userId: user.id, signInId: session.id, setCookies };
    },
  };
}

/**
 * Notes a use, and answers the cookies that last as long. The library does it for sign-ins that are to be remembered; to
 * it, the others end with the browser or after a day. null: the sign-in was ended meanwhile.
 */
async function moveEnd(
  { db, clock }: Parts,
  library: Library,
  { session }: LibrarySignIn,
  headers: Headers,
): Promise<string[] | null> {
  const answered = await library.api.getSession({ headers, returnHeaders: true }).catch(ifEnded);
  if (!answered?.response) return null;
  const isUnmoved = and(eq(userSessions.id, session.id), eq(userSessions.updatedAt, session.updatedAt));
  await db.autocommit
    .update(userSessions)
    .set({ updatedAt: new Date(clock.nowMs()) })
    .where(isUnmoved);
  return answered.headers.getSetCookie();
}

/** How the library tells that a sign-in went while it was prolonged. */
function ifEnded(err: unknown): null {
  if (isAPIError(err) && err.status === "UNAUTHORIZED") return null;
  throw err;
}

/** The library knows no absolute end, and lets a sign-in that is not to be remembered go unused for a day. */
const isOver = ({ createdAt, updatedAt }: LibrarySignIn["session"], nowMs: number): boolean =>
  isSignInOver({ createdAtMs: createdAt.getTime(), usedAtMs: updatedAt.getTime() }, nowMs);

type Library = ReturnType<typeof createLibrary>;
type LibrarySignIn = NonNullable<Awaited<ReturnType<Library["api"]["getSession"]>>>;

function createLibrary({ db, ids, keyring, passwords, publicUrl, logger }: Parts) {
  const schema = { user: users, session: userSessions, account: accounts, verification: verifications };
  return betterAuth({
    baseURL: publicUrl,
    basePath: "/api/auth",
    secret: keyring.cookieSecret,
    trustedOrigins: [...trustedOrigins(publicUrl)],
    // Its statements are single writes; the adapter's own transactions would need a connection of their own.
    database: drizzleAdapter(db.autocommit, { provider: "sqlite", schema, transaction: false }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH_MIN,
      maxPasswordLength: PASSWORD_LENGTH_MAX,
      password: {
        hash: (password) => passwords.hash(password),
        verify: ({ password, hash }) => passwords.verify(password, hash),
      },
    },
    session: { expiresIn: SIGN_IN_IDLE_SECONDS, updateAge: MOVE_END_SECONDS },
    // Ours counts in the database, for all processes together.
    rateLimit: { enabled: false },
    onAPIError: { onError: (err) => passOnRefusal(err, logger) },
    telemetry: { enabled: false },
    // Its details name people; the failed sign-in itself is in the audit.
    logger: { level: "error", log: (_level, message) => logger.error({ part: "browser sign-in" }, message) },
    advanced: {
      cookiePrefix: "switchboard",
      useSecureCookies: publicUrl.startsWith("https:"),
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax", path: "/" },
      ipAddress: { ipAddressHeaders: [ADDRESS_FIELD] },
      database: {
        generateId: ({ model }) => (model === "session" ? ids.next("signIn") : toBase64Url(randomBytes(ID_BYTES))),
      },
      // Said aloud, because the library turns them off by itself where NODE_ENV is "test".
      disableCSRFCheck: false,
      disableOriginCheck: false,
    },
  });
}

/** What our own parts refuse is answered as everywhere, where the library would make a defect of it. The rest is logged. */
function passOnRefusal(err: unknown, logger: AppLogger): void {
  if (err instanceof ServiceError) throw err;
  if (isAPIError(err) && err.status !== "INTERNAL_SERVER_ERROR") return;
  logger.error({ part: "browser sign-in" }, err instanceof Error ? err.name : "unknown error");
}

function withAddress(request: Request, address: string | null): Request {
  const headers = new Headers(request.headers);
  headers.delete(ADDRESS_FIELD);
  if (address !== null) headers.set(ADDRESS_FIELD, address);
  return new Request(request, { headers });
}
