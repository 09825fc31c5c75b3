import { readPublicP256, type SealingKey } from "@switchboard/core/crypto/p256";
import type { SubtleKey } from "@switchboard/core/crypto/subtle-key";
import { SealError } from "../errors.ts";
import { membersOf } from "../fields.ts";
import type { ApiClient } from "../http/api-client.ts";

/** A published key in JWK form (RFC 7517). */
export interface PublishedKey {
  readonly kty?: string;
  readonly kid?: string;
  readonly use?: string;
  readonly [member: string]: unknown;
}

/** The service's keys as it publishes them at `/.well-known/jwks.json`. */
export interface PublishedKeys {
  readonly keys: readonly PublishedKey[];
}

/** Keys are asked for once more when one appears that is not known, and no sooner again than this. */
const REFRESH_MS = 60_000;

/** The service's public keys. */
export interface ServerKeys {
  /** What the service signs with, by key id. */
  signing(): Promise<ReadonlyMap<string, SubtleKey>>;
  /** What is sealed to the service. @throws SealError when it publishes none */
  encryption(): Promise<SealingKey>;
  /** Asks again, at most once a minute; pinned keys stay. true: the keys may be others now. @throws UnreachableError */
  refresh(): Promise<boolean>;
}

interface Imported {
  readonly signing: ReadonlyMap<string, SubtleKey>;
  readonly encryption: SealingKey | null;
}

/** `pinned`: these and no others, ever; null: those at the service's address, asked for once and again when one is new. */
export function createServerKeys(api: ApiClient, pinned: PublishedKeys | null): ServerKeys {
  let refreshedAtMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<Imported> | undefined;
  const load = () => {
    const keys = pinned ? Promise.resolve(pinned.keys) : fetchKeys(api);
    loading = keys.then(importKeys);
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  };
  const imported = () => loading ?? load();
  return {
    signing: async () => (await imported()).signing,
    async encryption() {
      const { encryption } = await imported();
      if (encryption === null) throw new SealError("The service publishes no key to seal to.");
      return encryption;
    },
    async refresh() {
      if (pinned || performance.now() - refreshedAtMs < REFRESH_MS) return false;
      await load();
      refreshedAtMs = performance.now();
      return true;
    },
  };
}

async function fetchKeys(api: ApiClient): Promise<readonly PublishedKey[]> {
  const { body } = await api.send({ method: "GET", path: "/.well-known/jwks.json", credential: null });
  return Array.isArray(body.keys) ? body.keys.filter((key) => membersOf(key) !== null) : [];
}

async function importKeys(keys: readonly PublishedKey[]): Promise<Imported> {
  const signing = new Map<string, SubtleKey>();
  let encryption: SealingKey | null = null;
  for (const key of keys) {
    if (key.use === "enc") {
      const found = await readPublicP256({ kty: key.kty, crv: key.crv, x: key.x, y: key.y });
      if (found.ok) encryption ??= found.key;
    } else if (typeof key.kid === "string" && key.crv === "Ed25519") {
      const jwk = { kty: "OKP", crv: "Ed25519", x: String(key.x) };
      signing.set(key.kid, await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"]));
    }
  }
  return { signing, encryption };
}
