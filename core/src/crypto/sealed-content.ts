import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import type { OpeningKey, SealingKey } from "./p256.ts";
import { hasOneSpelling, onlyHas, openSealed, SealedContentError, sealTo } from "./sealed-form.ts";
import type { SigningKey } from "./session-tokens.ts";
import type { SubtleKey } from "./subtle-key.ts";

/** How long an answer may be opened after it was made; whoever keeps it longer asks again. */
export const SEALED_CONTENT_SECONDS = 60;
/** The `typ` of the JWE around an answer. */
export const SEALED_SESSION_TYPE = "session+jwe";
/** The `typ` of the signed content inside it. */
export const SESSION_CONTENT_TYPE = "session-content+jwt";
/** The `typ` of the JWE around a batch of changes. */
export const AUTH_BATCH_TYPE = "auth-batch+jwe";

const ANSWER = { typ: SEALED_SESSION_TYPE, cty: "application/jose" };
const BATCH = { typ: AUTH_BATCH_TYPE, cty: "application/json" };

/** What an answer is bound to. */
export interface SealedClaims {
  /** The API key that asked, whose recipient key it is sealed to. */
  readonly keyId: string;
  readonly botId: string;
  /** The lease under which it was asked; null without one. */
  readonly lease: { readonly leaseId: string; readonly epoch: number } | null;
  /** The revision of the session that the content is of. */
  readonly revision: number;
}

/**
 * Signs the content for its recipient and seals it: a JWS of the service inside a JWE for the recipient's key. The signature is
 * needed because anyone can seal to a public key. `content` is a JSON value; it is good for {@link SEALED_CONTENT_SECONDS}.
 */
export async function sealContent(
  keys: { signing: SigningKey; issuer: string; nowMs: number },
  recipient: SealingKey,
  { keyId, botId, lease, revision }: SealedClaims,
  content: unknown,
): Promise<string> {
  const issuedAt = Math.floor(keys.nowMs / 1000);
  const bound = { bot: botId, leaseId: lease?.leaseId ?? null, epoch: lease?.epoch ?? null, rev: revision };
  const signed = await new SignJWT({ ...bound, content })
    .setProtectedHeader({ alg: "EdDSA", typ: SESSION_CONTENT_TYPE, kid: keys.signing.id })
    .setIssuer(keys.issuer)
    .setAudience(keyId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + SEALED_CONTENT_SECONDS)
    .sign(keys.signing.privateKey);
  return sealTo(recipient, ANSWER, signed);
}

/** Whose content is expected. `lease`: undefined leaves it unchecked, null asks for an answer without one. */
export interface ExpectedContent extends Pick<SealedClaims, "keyId" | "botId"> {
  readonly lease?: SealedClaims["lease"];
}

/** Content that passed every check. */
export interface OpenedContent extends SealedClaims {
  readonly content: unknown;
}

/**
 * Opens an answer with the recipient's private key and checks the signature of the service in it, its type, issuer, audience,
 * bot and time (no leeway). Keys are those given only. The form of `content` is not checked.
 * @throws SealedContentError unreadable, signature, claims or expired
 */
export async function openContent(
  keys: { recipient: OpeningKey; publicKeys: ReadonlyMap<string, SubtleKey>; issuer: string; nowMs: number },
  expected: ExpectedContent,
  jwe: string,
): Promise<OpenedContent> {
  const jws = await openSealed(new Map([[keys.recipient.id, keys.recipient]]), ANSWER, jwe);
  const payload = await verifyContent(keys, expected.keyId, jws);
  const lease = leaseOf(payload);
  const { bot, rev, content } = payload;
  const isForThisBot = bot === expected.botId && lease !== undefined && isCount(rev) && content !== undefined;
  if (!isForThisBot || !isSameLease(lease, expected.lease)) throw new SealedContentError("claims");
  return { keyId: expected.keyId, botId: expected.botId, lease, revision: rev, content };
}

async function verifyContent(
  keys: { publicKeys: ReadonlyMap<string, SubtleKey>; issuer: string; nowMs: number },
  keyId: string,
  jws: string,
): Promise<Readonly<Record<string, unknown>>> {
  const required = ["iat", "exp", "bot", "rev", "leaseId", "epoch", "content"];
  try {
    const { payload } = await jwtVerify(jws, signingKeyOf(keys.publicKeys, jws), {
      algorithms: ["EdDSA"],
      typ: SESSION_CONTENT_TYPE,
      issuer: keys.issuer,
      audience: keyId,
      currentDate: new Date(keys.nowMs),
      requiredClaims: required,
    });
    // jose lets an audience be one of several; an answer is for one.
    if (payload.aud !== keyId) throw new SealedContentError("claims");
    return payload;
  } catch (err) {
    if (err instanceof errors.JWTExpired) throw new SealedContentError("expired");
    const isClaim = err instanceof errors.JWTClaimValidationFailed || err instanceof SealedContentError;
    throw isClaim && !isAboutHeader(err) ? new SealedContentError("claims") : new SealedContentError("signature");
  }
}

const isAboutHeader = (err: unknown): boolean => err instanceof errors.JWTClaimValidationFailed && err.claim === "typ";

function signingKeyOf(publicKeys: ReadonlyMap<string, SubtleKey>, jws: string): SubtleKey {
  const header = hasOneSpelling(jws, 3) ? decodeProtectedHeader(jws) : {};
  const key = publicKeys.get(header.kid ?? "");
  if (!key || header.typ !== SESSION_CONTENT_TYPE || !onlyHas(header, ["alg", "typ", "kid"]))
    throw new errors.JWSInvalid();
  return key;
}

/** undefined where the claims name half a lease, or something that is none. */
function leaseOf({ leaseId, epoch }: Readonly<Record<string, unknown>>): SealedClaims["lease"] | undefined {
  if (leaseId === null && epoch === null) return null;
  return typeof leaseId === "string" && isCount(epoch) ? { leaseId, epoch } : undefined;
}

function isSameLease(found: SealedClaims["lease"], expected: SealedClaims["lease"] | undefined): boolean {
  if (expected === undefined) return true;
  return found?.leaseId === expected?.leaseId && found?.epoch === expected?.epoch;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** A batch of changes to a session, as it travels sealed. */
export interface SealedBatch {
  readonly botId: string;
  readonly leaseId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly creds?: unknown;
  readonly set: unknown;
}

/** Seals a batch to the encryption key of the service. Who sealed it is not in it: the lease token of the request says that. */
export const sealBatch = (
  service: SealingKey,
  { botId, leaseId, epoch, seq, creds, set }: SealedBatch,
): Promise<string> => sealTo(service, BATCH, JSON.stringify({ botId, leaseId, epoch, seq, creds, set }));

/**
 * Opens a batch with one of the service's encryption keys. The form of its five names is checked; whether they are those of
 * the request is not, and neither is the form of `creds` and `set`.
 * @throws SealedContentError unreadable; claims when it opened and is not a batch
 */
export async function openBatch(encryptionKeys: ReadonlyMap<string, OpeningKey>, jwe: string): Promise<SealedBatch> {
  const batch = readJson(await openSealed(encryptionKeys, BATCH, jwe));
  if (typeof batch !== "object" || batch === null) throw new SealedContentError("claims");
  const { botId, leaseId, epoch, seq, creds, set } = batch as Readonly<Record<string, unknown>>;
  const isNamed = typeof botId === "string" && typeof leaseId === "string" && isCount(epoch) && isCount(seq);
  if (!isNamed || set === undefined || !onlyHas(batch, ["botId", "leaseId", "epoch", "seq", "creds", "set"]))
    throw new SealedContentError("claims");
  return { botId, leaseId, epoch, seq, set, ...(creds === undefined ? {} : { creds }) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SealedContentError("claims");
  }
}
