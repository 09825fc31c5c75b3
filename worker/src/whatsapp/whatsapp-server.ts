import { WA_CERT_DETAILS } from "@whiskeysockets/baileys";

/** Another server than WhatsApp's: a simulator. Null everywhere else. */
export interface TestServer {
  readonly url: string;
  /** Base64 of the 32-byte public key that signs its certificates. */
  readonly noiseRootKey: string;
}

/** Makes this process trust the test server's certificate root instead of WhatsApp's. @throws RangeError for a key of another size */
export function trustTestServer(server: TestServer): void {
  const key = Buffer.from(server.noiseRootKey, "base64");
  if (key.length !== 32) throw new RangeError("WHATSAPP_NOISE_ROOT_KEY must be 32 bytes in base64.");
  // Baileys reads the constant at each handshake (src/Utils/noise-handler.ts).
  WA_CERT_DETAILS.PUBLIC_KEY = key;
}
