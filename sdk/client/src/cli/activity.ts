import { harmless, type Terminal } from "./terminal.ts";

/** What is being waited for, shown while it lasts. */
export interface Activity {
  /** Replaces the text. */
  say(text: string): void;
  /** Takes the line away so that something else can be written; it comes back by itself. */
  clear(): void;
  /** Takes the line away. Safe to call again. */
  stop(): void;
}

const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const FRAME_MS = 120;
/** Back to the start of the line, and nothing on it. */
const CLEAR_LINE = "\r\u001b[K";

/**
 * One line on standard error that moves and counts the seconds, for people who watch. Where standard error is no
 * terminal nothing is written: a log has no use for it.
 */
export function startActivity(terminal: Terminal, text: string): Activity {
  const { stderr, env } = terminal;
  if (stderr.isTTY !== true || env.TERM === "dumb")
    return { say: () => undefined, clear: () => undefined, stop: () => undefined };
  const startedMs = performance.now();
  let shown = text;
  const draw = () => stderr.write(`${CLEAR_LINE}${frameAt(startedMs)} ${harmless(shown)} ${secondsSince(startedMs)}`);
  draw();
  const timer = setInterval(draw, FRAME_MS);
  timer.unref();
  let isOver = false;
  return {
    say: (next) => {
      if (next === shown || isOver) return;
      shown = next;
      draw();
    },
    clear: () => {
      if (!isOver) stderr.write(CLEAR_LINE);
    },
    stop: () => {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      stderr.write(CLEAR_LINE);
    },
  };
}

/** The drawing of a moment, so that what is drawn anew now and then moves as well. */
export const frameAt = (startedMs: number): string =>
  [...FRAMES][Math.floor((performance.now() - startedMs) / FRAME_MS) % FRAMES.length] ?? "";

/** How long it lasts already: "12 s". */
export const secondsSince = (startedMs: number): string => `${Math.floor((performance.now() - startedMs) / 1_000)} s`;
