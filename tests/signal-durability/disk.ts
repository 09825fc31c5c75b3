import type { AuthBatch, AuthRecord, AuthRecordStore } from "@switchboard/core/ports/auth-record-store";
import type { Medium } from "./medium.ts";
import type { Random } from "./random.ts";
import { type ChainStep, chainStepsOf } from "./ratchet-steps.ts";

/** When a commit is to fail: the `at`-th of this life, counted from 1, before or after it became durable. */
export interface CommitFault {
  readonly at: number;
  readonly isApplied: boolean;
}

/** All that a disk held at one moment. */
export interface DiskBackup {
  readonly creds: string | null;
  readonly records: ReadonlyMap<string, AuthRecord>;
}

interface NumberedBatch extends AuthBatch {
  readonly number: number;
}

/** What survives a kill of the process. */
export class Disk {
  readonly records = new Map<string, AuthRecord>();
  creds: string | null = null;
  /** The furthest durable step of every sending chain ever stored, by chain. */
  readonly #durableSteps = new Map<string, number>();
  /** The highest number of an applied commit, by record. */
  readonly #lastCommits = new Map<string, number>();
  #commits = 0;

  /** The number of the next commit; a batch taken later has it or a higher one. */
  get nextCommit(): number {
    return this.#commits + 1;
  }

  /**
   * Whether no later life can make this step again; `encryptedFrom` is `nextCommit` as the encryption was asked for.
   * When a step and the replacing of its chain are committed together the step itself is never stored: then the record
   * must have been committed since, without the chain.
   */
  holdsStep(recordId: string, { chain, step }: ChainStep, encryptedFrom: number): boolean {
    if ((this.#durableSteps.get(chain) ?? -1) >= step) return true;
    const record = this.records.get(recordId);
    const isReplaced = record !== undefined && chainStepsOf(record).every((stored) => stored.chain !== chain);
    return isReplaced && (this.#lastCommits.get(recordId) ?? 0) >= encryptedFrom;
  }

  /** The store as one process life sees it. */
  open(random: Random, medium: Medium, fault?: CommitFault): DiskLife {
    return new DiskLife(this, random, medium, fault);
  }

  /** A backup of what is stored now. */
  backUp(): DiskBackup {
    return { creds: this.creds, records: new Map(this.records) };
  }

  /** Puts a backup in the place of what is stored. What had left meanwhile has left. */
  restore({ creds, records }: DiskBackup): void {
    this.creds = creds;
    this.records.clear();
    for (const [recordId, record] of records) this.records.set(recordId, record);
  }

  /** Numbers a commit as it is asked for. */
  begin(batch: AuthBatch): NumberedBatch {
    this.#commits += 1;
    return { ...batch, number: this.#commits };
  }

  apply(batch: NumberedBatch): void {
    if (batch.creds !== null) this.creds = batch.creds;
    for (const record of batch.records) {
      const recordId = `${record.type}:${record.id}`;
      this.records.set(recordId, record);
      this.#lastCommits.set(recordId, Math.max(batch.number, this.#lastCommits.get(recordId) ?? 0));
      for (const { chain, step } of chainStepsOf(record)) {
        this.#durableSteps.set(chain, Math.max(step, this.#durableSteps.get(chain) ?? step));
      }
    }
  }
}

/** One life's access to the disk: slow in both directions, and useless once the life was killed. */
export class DiskLife implements AuthRecordStore {
  commits = 0;
  /** Whether a commit became durable whose caller will never know. */
  hasUnacknowledgedCommit = false;
  readonly #disk: Disk;
  readonly #random: Random;
  readonly #medium: Medium;
  readonly #fault: CommitFault | undefined;
  readonly #unapplied = new Set<NumberedBatch>();
  #unacknowledged = 0;
  #isKilled = false;

  constructor(disk: Disk, random: Random, medium: Medium, fault?: CommitFault) {
    this.#disk = disk;
    this.#random = random;
    this.#medium = medium;
    this.#fault = fault;
  }

  /** Ends the life in the middle of whatever it does: a commit under way lands whole or not at all. */
  kill(): void {
    this.#isKilled = true;
    this.hasUnacknowledgedCommit ||= this.#unacknowledged > 0;
    for (const batch of this.#unapplied) {
      if (this.#random.chance(0.5)) continue;
      this.#disk.apply(batch);
      this.hasUnacknowledgedCommit = true;
    }
  }

  async readCreds(): Promise<string | null> {
    await this.#pass();
    return this.#disk.creds;
  }

  async read(type: string, ids: readonly string[]): Promise<Map<string, string>> {
    await this.#pass();
    const found = new Map<string, string>();
    for (const id of ids) {
      const value = this.#disk.records.get(`${type}:${id}`)?.value;
      if (value !== undefined && value !== null) found.set(id, value);
    }
    await this.#pass();
    return found;
  }

  async commit(asked: AuthBatch): Promise<void> {
    const batch = this.#disk.begin(asked);
    this.commits += 1;
    const fails = this.commits === this.#fault?.at;
    this.#unapplied.add(batch);
    await this.#pass();
    this.#unapplied.delete(batch);
    if (fails && !this.#fault?.isApplied) throw new Error("store fault");
    this.#disk.apply(batch);
    if (fails) {
      this.hasUnacknowledgedCommit = true;
      throw new Error("store fault");
    }
    this.#unacknowledged += 1;
    await this.#pass();
    this.#unacknowledged -= 1;
  }

  async #pass(): Promise<void> {
    await this.#medium();
    if (this.#isKilled) throw new Error("the process was killed");
  }
}
