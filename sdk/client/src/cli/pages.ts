import type { Command } from "commander";
import type { Output } from "./output.ts";
import { readInteger } from "./read-options.ts";

/** Which page of a list. */
export interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

/** One page as the api answers it. */
interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

const PAGE_SIZE_MAX = 200;

/** --limit and --cursor. */
export const addPageOptions = (command: Command, things: string): Command =>
  command
    .option("--limit <number>", `${things} on a page, 50 unless given`, (text) => readInteger("--limit", text))
    .option("--cursor <cursor>", "where the last page ended");

/** Says how to go on when there is more. */
export function noteMore(output: Output, page: Page<unknown>): void {
  if (page.nextCursor !== null) output.progress(`More: --cursor ${page.nextCursor}`);
}

/** Every item of a list, page after page. */
export async function readAllPages<T>(
  readPage: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await readPage({ limit: PAGE_SIZE_MAX, ...(cursor === null ? {} : { cursor }) });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}
