import { proto } from "@whiskeysockets/baileys/WAProto/index.js";

/** The app-state collections of one account: encrypted patches by collection, which the server cannot read. */
export class AppStateCollections {
  readonly #patches = new Map<string, Buffer[]>();

  /** All collections with their patches, oldest first. */
  get collections(): [string, readonly Buffer[]][] {
    return [...this.#patches];
  }

  /** The newest version of a collection; 0 when it is empty. */
  version(name: string): number {
    return this.#patches.get(name)?.length ?? 0;
  }

  /** The patches after a version, oldest first. */
  since(name: string, version: number): readonly Buffer[] {
    return this.#patches.get(name)?.slice(version) ?? [];
  }

  /** Adds a patch under the next version, which it returns. @throws when the bytes are no patch */
  append(name: string, encoded: Uint8Array): number {
    const version = this.version(name) + 1;
    const patch = proto.SyncdPatch.decode(encoded);
    patch.version = { version };
    const patches = this.#patches.get(name) ?? [];
    this.#patches.set(name, patches);
    return patches.push(Buffer.from(proto.SyncdPatch.encode(patch).finish()));
  }
}
