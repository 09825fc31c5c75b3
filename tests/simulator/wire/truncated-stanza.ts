/**
 * The plaintext of a frame whose list announces more than there is, so that decoding runs off its end. It is sealed
 * rightly: the transport goes on after it.
 */
export function truncatedStanza(): Buffer {
  const noFlags = 0;
  const list8 = 0xf8;
  return Buffer.from([noFlags, list8, 9]);
}
