/** A file of an archive; the name has no folder. */
export interface ArchivedFile {
  readonly name: string;
  readonly text: string;
}

const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
const utf8 = new TextEncoder();

/**
 * Files in one folder as a tar archive (POSIX ustar), readable by their owner alone once it is unpacked. Names beyond 100
 * bytes get a record of their own before them, as GNU tar writes it.
 */
export function makeTar(folder: string, files: readonly ArchivedFile[], modifiedAtMs: number): Blob {
  const at = Math.floor(modifiedAtMs / 1000);
  const parts = files.flatMap(({ name, text }) => recordsOf(`${folder}/${name}`, utf8.encode(text), at));
  return new Blob([...parts, new Uint8Array(2 * BLOCK_BYTES)], { type: "application/x-tar" });
}

function recordsOf(name: string, content: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer>[] {
  const nameBytes = utf8.encode(name);
  const records = [header(nameBytes.subarray(0, NAME_BYTES_MAX), content.length, "0", at), ...padded(content)];
  if (nameBytes.length <= NAME_BYTES_MAX) return records;
  const long = new Uint8Array(nameBytes.length + 1);
  long.set(nameBytes);
  return [header(utf8.encode("././@LongLink"), long.length, "L", at), ...padded(long), ...records];
}

const padded = (content: Uint8Array<ArrayBuffer>) => [
  content,
  new Uint8Array((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES),
];

/** One header block; numbers are octal text (POSIX.1-1988, section 10.1.1). */
function header(name: Uint8Array, sizeBytes: number, kind: "0" | "L", at: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_BYTES);
  const write = (offset: number, text: string) => block.set(utf8.encode(text), offset);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  block.set(name);
  write(100, octal(0o600, 7));
  write(108, octal(0, 7));
  write(116, octal(0, 7));
  write(124, octal(sizeBytes, 11));
  write(136, octal(at, 11));
  // The sum counts its own field as spaces.
  write(148, "        ");
  write(156, kind);
  write(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}
