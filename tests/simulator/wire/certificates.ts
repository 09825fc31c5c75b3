import { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import { generateKeyPair, type KeyPair, sign } from "../crypto/key-pair.ts";
import type { Randomness } from "../crypto/randomness.ts";

const INTERMEDIATE_SERIAL = 1;
const LEAF_SERIAL = 2;
const DAY_SECONDS = 86_400;

/** Defects a chain can be given, to find out which of them a client notices. */
export type CertificateDefect = "foreign-root" | "wrong-leaf-signature" | "junk-signatures" | "wrong-issuer-serial";

/** The root that signs one simulator's chains, and the static Noise key the leaf names. */
export class CertificateAuthority {
  readonly root: KeyPair;
  readonly staticKey: KeyPair;
  readonly #intermediate: KeyPair;
  readonly #randomness: Randomness;
  readonly #chains = new Map<CertificateDefect | "none", Buffer>();

  constructor(randomness: Randomness, keys?: { root: KeyPair; staticKey: KeyPair }) {
    this.#randomness = randomness;
    this.root = keys?.root ?? generateKeyPair(randomness);
    this.staticKey = keys?.staticKey ?? generateKeyPair(randomness);
    this.#intermediate = generateKeyPair(randomness);
  }

  /** The encoded CertChain, right or with the given defect. Signed once, then kept: a signature costs milliseconds. */
  chain(defect?: CertificateDefect): Buffer {
    const known = this.#chains.get(defect ?? "none");
    if (known !== undefined) return known;
    const made = this.#makeChain(defect);
    this.#chains.set(defect ?? "none", made);
    return made;
  }

  #makeChain(defect: CertificateDefect | undefined): Buffer {
    const root = defect === "foreign-root" ? generateKeyPair(this.#randomness) : this.root;
    const leafSigner = defect === "wrong-leaf-signature" ? generateKeyPair(this.#randomness) : this.#intermediate;
    const intermediate = this.#details(
      INTERMEDIATE_SERIAL,
      defect === "wrong-issuer-serial" ? 7 : 0,
      this.#intermediate.publicKey,
    );
    const leaf = this.#details(LEAF_SERIAL, INTERMEDIATE_SERIAL, this.staticKey.publicKey);
    const signed = (details: Buffer, signer: KeyPair) => ({
      details,
      signature: defect === "junk-signatures" ? this.#randomness.bytes(64) : sign(signer.privateKey, details),
    });
    const chain = { intermediate: signed(intermediate, root), leaf: signed(leaf, leafSigner) };
    return Buffer.from(proto.CertChain.encode(chain).finish());
  }

  #details(serial: number, issuerSerial: number, key: Buffer): Buffer {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const details = {
      serial,
      issuerSerial,
      key,
      notBefore: nowSeconds - DAY_SECONDS,
      notAfter: nowSeconds + 365 * DAY_SECONDS,
    };
    return Buffer.from(proto.CertChain.NoiseCertificate.Details.encode(details).finish());
  }
}
