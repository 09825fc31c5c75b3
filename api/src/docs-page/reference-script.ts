/** The one script of the API page, ready to be sent. */
export interface ReferenceScript {
  /** Of the contents, in base64url: names the script in its address, which may then be kept for ever. */
  readonly hash: string;
  /** The script compressed with gzip. */
  readonly gzipped: Uint8Array<ArrayBuffer>;
}

/** Where the app gets the script from; reads it at the first call and keeps it. @throws when it is not there */
export type ReadReferenceScript = () => Promise<ReferenceScript>;
