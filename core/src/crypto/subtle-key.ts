/** A WebCrypto key handle; the platform's types name it differently. */
export type SubtleKey = InstanceType<typeof CryptoKey>;
