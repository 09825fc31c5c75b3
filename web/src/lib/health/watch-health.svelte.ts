import { type HealthReading, readHealth } from "./read-health.ts";

const READ_EVERY_MS = 5_000;
/** Sooner than usual: whoever looks at an error waits for its end. */
const RETRY_EVERY_MS = 2_000;

/** The latest reading, and the one before the api went away. */
export type HealthWatch = {
  readonly latest: HealthReading;
  /** When the api answered last, in ms; null: not since this page was opened. */
  readonly lastAnswerAtMs: number | null;
  /** Reads again and again until the returned function is called; pauses while the page is hidden. */
  start(): () => void;
};

/** Keeps a reading fresh in the browser. The first one comes from the server with the page. */
export function watchHealth(initial: HealthReading): HealthWatch {
  let latest = $state.raw(initial);
  let lastAnswerAtMs = $state(initial.kind === "answered" ? initial.readAtMs : null);
  return {
    get latest() {
      return latest;
    },
    get lastAnswerAtMs() {
      return lastAnswerAtMs;
    },
    start,
  };

  function start(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isStopped = false;
    const readAgain = async () => {
      clearTimeout(timer);
      if (!document.hidden) {
        latest = await readHealth(fetch);
        lastAnswerAtMs = latest.kind === "answered" ? latest.readAtMs : lastAnswerAtMs;
      }
      if (!isStopped) {
        timer = setTimeout(readAgain, latest.kind === "answered" ? READ_EVERY_MS : RETRY_EVERY_MS);
      }
    };
    document.addEventListener("visibilitychange", readAgain);
    void readAgain();
    return () => {
      isStopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", readAgain);
    };
  }
}
