import {
  type AuthenticationCreds,
  type AuthenticationState,
  BufferJSON,
  initAuthCreds,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
} from "@whiskeysockets/baileys";

/** Credentials and keys of one client, in memory. */
export class MemoryAuthState {
  readonly creds: AuthenticationCreds;
  readonly #values: Map<string, string>;

  constructor(saved?: string) {
    const parsed: { creds: AuthenticationCreds; values: [string, string][] } | null =
      saved === undefined ? null : JSON.parse(saved, BufferJSON.reviver);
    this.creds = parsed?.creds ?? initAuthCreds();
    this.#values = new Map(parsed?.values);
  }

  /** What makeWASocket takes as `auth`. Values are copied in and out, as a real store does. */
  get state(): AuthenticationState {
    return {
      creds: this.creds,
      keys: {
        get: (type, ids) => this.#get(type, ids),
        set: (data) => this.#set(data),
      },
    };
  }

  /** JSON from which the constructor makes the same state. Holds private keys. */
  serialize(): string {
    return JSON.stringify({ creds: this.creds, values: [...this.#values] }, BufferJSON.replacer);
  }

  #get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]): Record<string, SignalDataTypeMap[T]> {
    const found: Record<string, SignalDataTypeMap[T]> = {};
    for (const id of ids) {
      const stored = this.#values.get(`${type}|${id}`);
      if (stored === undefined) continue;
      const value = JSON.parse(stored, BufferJSON.reviver);
      found[id] = type === "app-state-sync-key" ? proto.Message.AppStateSyncKeyData.fromObject(value) : value;
    }
    return found;
  }

  #set(data: SignalDataSet): void {
    for (const [type, entries] of Object.entries(data)) {
      for (const [id, value] of Object.entries(entries ?? {})) {
        if (value === null || value === undefined) this.#values.delete(`${type}|${id}`);
        else this.#values.set(`${type}|${id}`, JSON.stringify(value, BufferJSON.replacer));
      }
    }
  }
}
