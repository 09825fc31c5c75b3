import type { Account } from "./accounts/account.ts";
import { peerName } from "./accounts/account.ts";
import type { LinkedDevice } from "./accounts/linked-device.ts";
import type { SimulatedPerson } from "./accounts/simulated-person.ts";
import { SimulatedPhone } from "./accounts/simulated-phone.ts";
import type { SimulatedCall } from "./calls/simulated-call.ts";
import type { Connection } from "./connection/connection.ts";
import type { Randomness } from "./crypto/randomness.ts";
import { AccountFaults, type ListenerFaults } from "./faults.ts";
import { Judge } from "./judge.ts";
import type { SentMessage } from "./messages/sent-message.ts";
import { RatchetLedger } from "./signal/ratchet-ledger.ts";
import { Transcript } from "./transcript.ts";
import type { CertificateAuthority } from "./wire/certificates.ts";
import { LID_SERVER, type PN_SERVER, parseJid } from "./wire/jid.ts";

/** Everything one simulator knows. Handlers get it as an argument; there is no other state. */
export class World {
  readonly randomness: Randomness;
  readonly authority: CertificateAuthority;
  readonly transcript = new Transcript();
  readonly judge: Judge;
  readonly ledger = new RatchetLedger();
  readonly accounts = new Set<Account>();
  readonly connections = new Set<Connection>();
  readonly calls = new Map<string, SimulatedCall>();
  /** Messages that simulated people sent, by id, for retries. */
  readonly sentMessages = new Map<string, SentMessage>();
  /** Where each message id of a device went, so that an id is used for one chat only. */
  readonly messageChats = new Map<string, Account>();
  readonly listenerFaults: ListenerFaults = {
    refusedUpgrades: null,
    silentHandshakeCount: 0,
    certificateDefect: null,
  };
  readonly #people = new Map<Account, SimulatedPerson>();
  readonly #accountFaults = new Map<Account, AccountFaults>();
  readonly #byAddress = new Map<string, Account>();

  constructor(randomness: Randomness, authority: CertificateAuthority) {
    this.randomness = randomness;
    this.authority = authority;
    this.judge = new Judge((violation) =>
      this.transcript.add("violation", violation.device, { code: violation.code, message: violation.message }),
    );
  }

  /** Adds an account. @throws when its number or LID is taken */
  addAccount(account: Account): void {
    const addresses = [account.pnJid, account.lidJid].filter((address) => address !== null);
    const taken = addresses.find((address) => this.#byAddress.has(address));
    if (taken !== undefined) throw new Error(`${taken} belongs to another account`);
    for (const address of addresses) this.#byAddress.set(address, account);
    this.accounts.add(account);
  }

  /** The account a JID of either address space belongs to; null when there is none. */
  accountOf(jid: string | undefined): Account | null {
    const parsed = parseJid(jid);
    return parsed === null ? null : (this.#byAddress.get(`${parsed.user}@${parsed.server}`) ?? null);
  }

  /** Adds the person who has an account. @throws when the number or LID is taken */
  addPerson(person: SimulatedPerson): void {
    this.addAccount(person.account);
    this.#people.set(person.account, person);
  }

  /** Everybody, in the order they were made. */
  get people(): Iterable<SimulatedPerson> {
    return this.#people.values();
  }

  /** The person who has an account; null when there is none. */
  personOf(account: Account): SimulatedPerson | null {
    return this.#people.get(account) ?? null;
  }

  /** The phone of an account with linked devices; null for anybody else. */
  phoneOf(account: Account): SimulatedPhone | null {
    const person = this.#people.get(account);
    return person instanceof SimulatedPhone ? person : null;
  }

  /** The faults set for an account. */
  faultsOf(account: Account): AccountFaults {
    const known = this.#accountFaults.get(account) ?? new AccountFaults();
    this.#accountFaults.set(account, known);
    return known;
  }

  /** An id of the form the server uses for its own stanzas. */
  newStanzaId(): string {
    return this.randomness.hex(8);
  }

  /** Seconds since 1970 as they stand in `t` attributes. */
  timestamp(at: Date = new Date()): string {
    return String(Math.floor(at.getTime() / 1000));
  }

  /** Digits for a LID or number that nobody has. */
  newUser(server: typeof PN_SERVER | typeof LID_SERVER): string {
    for (;;) {
      const user =
        server === LID_SERVER
          ? `${this.randomness.integer(100_000_000, 999_999_999)}${this.randomness.integer(100_000, 999_999)}`
          : `4915${this.randomness.integer(100_000_000, 999_999_999)}`;
      if (!this.#byAddress.has(`${user}@${server}`)) return user;
    }
  }

  /** Reports what a linked device did wrong. */
  blame(device: LinkedDevice | null, code: Parameters<Judge["report"]>[0], message: string): void {
    this.judge.report(code, message, device === null ? null : device.jid || peerName(device));
  }
}
