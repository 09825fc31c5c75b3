import { randomBytes, toBase64Url } from "@switchboard/core/crypto/bytes";
import type { Keyring } from "@switchboard/core/crypto/keyring";
import type { Clock } from "@switchboard/core/ports/clock";
import type { Passwords } from "@switchboard/core/ports/passwords";
import { PASSWORD_LENGTH_MIN } from "@switchboard/core/services/identity/schemas";
import { accounts, userSessions, users, verifications } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { betterAuth } from "better-auth/minimal";
import type { AppLogger, BrowserSignIn } from "../app-deps.ts";
import { trustedOrigins } from "../origins.ts";

/** ASVS 5.0 7.3.1 and 7.3.2: a sign-in ends after so long without use, and after so long in any case. */
const IDLE_SECONDS = 30 * 60;
const ABSOLUTE_MS = 12 * 3_600_000;
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
  readonly passwords: Passwords;
  readonly publicUrl: string;
  readonly logger: AppLogger;
}

/** Cookies over our tables of people. Nobody signs up here: the first admin comes from setup. */
export function createBrowserSignIn(parts: Parts): BrowserSignIn {
  const library = createLibrary(parts);
  /** Looks without moving the end, which would make a sign-in that is over look used. */
  const bringsEndedSignIn = async (headers: Headers): Promise<boolean> => {
    const found = await library.api.getSession({ headers, query: { disableRefresh: true } });
    return found !== null && isOver(found.session, parts.clock.nowMs());
  };
  return {
    handle: async (request, address) => {
      const known = withAddress(request, address);
      if (new URL(request.url).pathname === GET_SESSION && (await bringsEndedSignIn(request.headers)))
        known.headers.delete("cookie");
      return library.handler(known);
    },
    findUser: async (headers) => {
      const { headers: answered, response } = await library.api.getSession({ headers, returnHeaders: true });
      if (!response || isOver(response.session, parts.clock.nowMs())) return null;
      return { userId: response.user.id, signInId: response.session.id, setCookies: answered.getSetCookie() };
    },
  };
}

/** The library knows no absolute end, and lets a sign-in that is not to be remembered go unused for a day. */
const isOver = ({ createdAt, updatedAt }: { createdAt: Date; updatedAt: Date }, nowMs: number): boolean =>
  createdAt.getTime() + ABSOLUTE_MS <= nowMs || updatedAt.getTime() + IDLE_SECONDS * 1_000 <= nowMs;

function createLibrary({ db, keyring, passwords, publicUrl, logger }: Parts) {
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
    session: { expiresIn: IDLE_SECONDS, updateAge: MOVE_END_SECONDS },
    // Ours counts in the database, for all processes together.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // Its details name people; the failed sign-in itself is in the audit.
    logger: { level: "error", log: (_level, message) => logger.error({ part: "browser sign-in" }, message) },
    advanced: {
      cookiePrefix: "switchboard",
      useSecureCookies: publicUrl.startsWith("https:"),
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax", path: "/" },
      ipAddress: { ipAddressHeaders: [ADDRESS_FIELD] },
      database: { generateId: () => toBase64Url(randomBytes(ID_BYTES)) },
      // Said aloud, because the library turns them off by itself where NODE_ENV is "test".
      disableCSRFCheck: false,
      disableOriginCheck: false,
    },
  });
}

function withAddress(request: Request, address: string | null): Request {
  const headers = new Headers(request.headers);
  headers.delete(ADDRESS_FIELD);
  if (address !== null) headers.set(ADDRESS_FIELD, address);
  return new Request(request, { headers });
}
