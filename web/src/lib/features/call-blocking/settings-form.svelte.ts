import { Submission } from "#lib/forms/submission.svelte.ts";
import { changedFields, changesOf, type Draft, draftOf, rebase, type Settings } from "./settings-draft.ts";

/** The form of a bot's call blocking: what is stored, what a person has made of it, and what others did meanwhile. */
export class SettingsForm {
  readonly submission = new Submission();
  /** What the fields hold. */
  draft: Draft;
  #base: Settings;
  #latest: Settings;

  constructor(stored: Settings) {
    this.draft = $state(draftOf(stored));
    this.#base = $state.raw(stored);
    this.#latest = $state.raw(stored);
  }

  /** The fields a person has changed and not saved. */
  readonly changed = $derived.by(() => changedFields(draftOf(this.#base), this.draft));

  /** There is something to save. */
  readonly isDirty = $derived(this.changed.length > 0);

  /** What somebody else saved while this form was being changed; null: nothing. */
  readonly newer = $derived.by(() => (this.isDirty && this.#latest.version > this.#base.version ? this.#latest : null));

  /** The fields somebody else changed meanwhile. */
  readonly changedByOthers = $derived.by(() =>
    this.newer === null ? [] : changedFields(draftOf(this.#base), draftOf(this.newer)),
  );

  /** Takes in what is stored now. An untouched form shows it at once; a changed one keeps what a person typed. */
  hear(stored: Settings): void {
    if (stored.version < this.#latest.version) return;
    this.#latest = stored;
    if (!this.isDirty) this.#show(stored);
  }

  /** Forgets the changes and shows what is stored. */
  discard(): void {
    this.submission.reset();
    this.#show(this.#latest);
  }

  /** Keeps the changes, on top of what somebody else saved. */
  keepEditing(): void {
    this.submission.reset();
    this.draft = rebase($state.snapshot(this.draft), this.#base, this.#latest);
    this.#base = this.#latest;
  }

  /**
   * Saves what was changed, unless somebody else saved first, and shows what is stored then. undefined: it was refused;
   * `submission` says why.
   */
  async save(send: (changes: ReturnType<typeof changesOf>) => Promise<Settings>): Promise<Settings | undefined> {
    const { version } = this.#base;
    const changes = { ...changesOf(this.#base, $state.snapshot(this.draft)), version };
    const stored = await this.submission.run(() => send(changes));
    if (stored === undefined) return undefined;
    this.#latest = stored;
    this.#show(stored);
    return stored;
  }

  #show(stored: Settings): void {
    this.#base = stored;
    this.draft = draftOf(stored);
  }
}
