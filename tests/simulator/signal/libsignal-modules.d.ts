declare module "libsignal/src/protobufs.js" {
  export interface WhisperMessage {
    readonly ephemeralKey: Buffer;
    readonly counter: number;
    readonly previousCounter: number;
    readonly ciphertext: Buffer;
  }
  export interface PreKeyWhisperMessage {
    readonly registrationId: number;
    readonly preKeyId: number;
    readonly signedPreKeyId: number;
    readonly baseKey: Buffer;
    readonly identityKey: Buffer;
    readonly message: Buffer;
  }
  export const WhisperMessage: { decode(bytes: Uint8Array): WhisperMessage };
  export const PreKeyWhisperMessage: { decode(bytes: Uint8Array): PreKeyWhisperMessage };
}
