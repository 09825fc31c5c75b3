import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { ServiceError } from "@switchboard/core/errors";
import type { Passwords } from "@switchboard/core/ports/passwords";
import { createWeaknessOf } from "./password-strength.ts";

/** OWASP's first choice for scrypt: 128 MB and about 0.3 s a hash. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** So many hashes at once, because each takes 128 MB; the others wait. */
const PARALLEL_MAX = 2;
/** So many wait at most: the last of them for about ten seconds, which is as long as anybody waits for an answer. */
const WAITING_MAX = 50;

/**
 * Passwords as `scrypt:<N>:<r>:<p>:<salt>:<key>`, both in base64url. The costs are read from the stored text, so raising
 * them leaves old rows readable. Both throw ServiceError unavailable while too many others wait.
 */
export function createPasswords(): Passwords {
  const inTurn = createTurns(PARALLEL_MAX, WAITING_MAX);
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(SALT_BYTES);
        const key = await derive(password, salt, COST);
        return format(salt, key);
      }),
    verify: (password, hash) =>
      inTurn(async () => {
        const stored = parse(hash);
        if (!stored) return false;
        const key = await derive(password, stored.salt, stored.cost);
        return key.length === stored.key.length && timingSafeEqual(key, stored.key);
      }),
    decoy: format(randomBytes(SALT_BYTES), randomBytes(KEY_BYTES)),
    weaknessOf: createWeaknessOf(),
  };
}

type Cost = { readonly N: number; readonly r: number; readonly p: number };

/** NFKC, so that the same keys pressed on another system give the same password. */
function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r };
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(password.normalize("NFKC"), salt, KEY_BYTES, options, (err, key) => (err ? reject(err) : resolve(key)));
  return promise;
}

const format = (salt: Buffer, key: Buffer): string =>
  ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), key.toString("base64url")].join(":");

function parse(hash: string): { cost: Cost; salt: Buffer; key: Buffer } | null {
  const [form, N, r, p, salt, key] = hash.split(":");
  if (form !== "scrypt" || salt === undefined || key === undefined) return null;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, "base64url"), key: Buffer.from(key, "base64url") };
}

/** Runs at most `count` works at once, the others in the order they came; beyond `waitingMax` others none is taken on. */
function createTurns(count: number, waitingMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free === 0 && waiting.length >= waitingMax) throw tooBusy();
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

const tooBusy = () =>
  new ServiceError("unavailable", "Too many passwords are being checked at once. Try again in a few seconds.", {
    retryAfterSeconds: 5,
  });
