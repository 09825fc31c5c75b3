import type { OpeningKey } from "@switchboard/core/crypto/p256";
import { openContent, type SealedBatch, type SealedClaims, sealBatch } from "@switchboard/core/crypto/sealed-content";
import { SealedContentError } from "@switchboard/core/crypto/sealed-form";
import { decodeJwt } from "jose";
import { SealError } from "../errors.ts";
import { countOf, membersOf } from "../fields.ts";
import type { ServerKeys } from "./server-keys.ts";

type Body = Readonly<Record<string, unknown>>;

/** What a sealed answer must be bound to. */
export type Lease = NonNullable<SealedClaims["lease"]>;

/** Content of an answer, and the revision of the session it is of. */
export interface Content {
  readonly content: Body;
  readonly revision: number;
}

/** The form in which a session's secrets travel between the service and this program. */
export interface Channel {
  /** The content of a `session/read` answer. @throws SealError */
  openRead(body: Body): Promise<Content>;
  /** The content of a `GET session` answer. @throws SealError */
  openSession(body: Body): Promise<Content>;
  /** The body of a `session/batch` request. Sealing twice gives two texts: repeat a request with the one that was made. @throws SealError */
  closeBatch(batch: SealedBatch): Promise<string>;
  /** The service could not open a batch. true: it publishes its keys anew, and sealing once more makes sense. @throws UnreachableError */
  renewKeys(): Promise<boolean>;
}

/** In the clear, inside TLS: for an API key without a recipient key. */
export const plainChannel: Channel = {
  openRead: async (body) => ({ content: unsealed(body, body.sealed), revision: countOf(body, "revision") }),
  openSession: async (body) => ({
    content: unsealed(membersOf(body.session), body.sealed),
    revision: countOf(body, "revision"),
  }),
  closeBatch: async ({ seq, creds, set }) => JSON.stringify({ seq, creds, set }),
  renewKeys: async () => false,
};

/** What the sealed form needs. */
export interface SealedChannelDeps {
  readonly recipient: OpeningKey;
  readonly serverKeys: ServerKeys;
  readonly botId: string;
  /** The lease under which everything is asked. */
  readonly lease: Lease;
  /** Read for the names of service and API key only; what is sealed has to fit them. */
  readonly leaseToken: string;
}

/** Sealed in both directions: answers to this program's recipient key, batches to the service's. Plain answers are refused. */
export function createSealedChannel(deps: SealedChannelDeps): Channel {
  const { iss: issuer = "", sub: keyId = "" } = decodeJwt(deps.leaseToken);
  const open = async (jwe: unknown, lease: Lease | null | undefined): Promise<Content> => {
    if (typeof jwe !== "string")
      throw new SealError("The answer is not sealed: has the API key lost its recipient key?");
    const expected = { keyId, botId: deps.botId, ...(lease === undefined ? {} : { lease }) };
    const openWith = async () =>
      openContent(
        { recipient: deps.recipient, publicKeys: await deps.serverKeys.signing(), issuer, nowMs: Date.now() },
        expected,
        jwe,
      );
    const opened = await openWith().catch(async (error: unknown) => {
      const isSigner = error instanceof SealedContentError && error.reason === "signature";
      if (!isSigner || !(await deps.serverKeys.refresh())) throw toSealError(error);
      return openWith().catch((again: unknown) => Promise.reject(toSealError(again)));
    });
    const content = membersOf(opened.content);
    if (content === null) throw new SealError("What was sealed is no session.");
    return { content, revision: opened.revision };
  };
  return {
    openRead: ({ sealed }) => open(sealed, deps.lease),
    openSession: ({ sealed, session }) => open(sealed === true ? session : undefined, undefined),
    closeBatch: async (batch) =>
      JSON.stringify({ seq: batch.seq, sealed: await sealBatch(await deps.serverKeys.encryption(), batch) }),
    renewKeys: deps.serverKeys.refresh,
  };
}

const SEAL_SENTENCES = {
  unreadable: "The answer was not sealed to this recipient key.",
  signature: "The answer is not signed with a key of the service.",
  claims: "The answer is for another key, bot or lease.",
  expired: "The answer was made more than a minute ago by this machine’s clock: is the clock right?",
} as const;

function toSealError(error: unknown): unknown {
  return error instanceof SealedContentError ? new SealError(SEAL_SENTENCES[error.reason], { cause: error }) : error;
}

function unsealed(content: Body | null, sealed: unknown): Body {
  if (content === null || (sealed !== undefined && sealed !== false)) {
    throw new SealError("The answer is sealed: give the private key as `recipientKey`.");
  }
  return content;
}
