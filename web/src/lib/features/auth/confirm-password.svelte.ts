import { readRefusal } from "#lib/api/refusal.ts";

/** Told whether the password was confirmed. */
type Answer = (isConfirmed: boolean) => void;

let waiting = $state.raw<readonly Answer[]>([]);

/** What the dialog of the layout asks; pages use {@link withRecentPassword}. */
export const passwordQuestion = {
  /** Somebody waits for the password. */
  get isOpen(): boolean {
    return waiting.length > 0;
  },
  /** Ends the question for everybody who waits. */
  answer(isConfirmed: boolean): void {
    const told = waiting;
    waiting = [];
    for (const tell of told) tell(isConfirmed);
  },
};

/** Asks for the password of whoever is signed in; false: they would not say. Several askers get one dialog. */
export const askPassword = (): Promise<boolean> =>
  new Promise((resolve) => {
    waiting = [...waiting, resolve];
  });

/**
 * Does something sensitive. Where the api wants a recent password first, it is asked for and the work is done again.
 * @throws what the work throws; the api's `confirmation-required` when the person would not give the password
 */
export async function withRecentPassword<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    if (readRefusal(err).code !== "confirmation-required" || !(await askPassword())) throw err;
    return work();
  }
}
