import { readFile } from "node:fs/promises";
import type { Block } from "./blocks.ts";
import { readBlocks } from "./blocks.ts";
import { findDifferences } from "./shape.ts";
import type { Shell } from "./shell.ts";

/** Does what a block that is not run stands for, by the word in its fence. */
export type Helpers = Readonly<Record<string, (shell: Shell) => Promise<unknown>>>;

/** Follows a document of the repository as a reader would; see {@link followBlocks}. */
export async function followDocument(name: string, shell: Shell, helpers: Helpers): Promise<void> {
  const document = await readFile(new URL(`../../../../${name}`, import.meta.url), "utf8");
  await followBlocks(readBlocks(document), shell, helpers);
}

/**
 * Runs the `sh` blocks in their order in one shell. A `json` or `text` block that follows one shows what it prints: JSON is
 * compared by its form, text literally.
 * @throws at the first command that fails and at the first answer that is not as shown, with the line of the block
 */
export async function followBlocks(blocks: readonly Block[], shell: Shell, helpers: Helpers): Promise<void> {
  let printed: string | null = null;
  for (const block of blocks) {
    if (block.language === "sh") printed = await inLine(block, () => runBlock(block, shell, helpers));
    else if (printed !== null && ["json", "text"].includes(block.language)) {
      const output = printed;
      await inLine(block, async () => compare(block, output));
      printed = null;
    }
  }
}

async function runBlock(block: Block, shell: Shell, helpers: Helpers): Promise<string | null> {
  if (block.doneBy === null) return shell.run(block.text);
  const help = helpers[block.doneBy];
  if (!help) throw new Error(`nobody is ${block.doneBy}`);
  await help(shell);
  return null;
}

function compare(block: Block, printed: string): void {
  const isAsShown =
    block.language === "text"
      ? printed.trim() === block.text.trim()
      : findDifferences(JSON.parse(block.text), JSON.parse(printed)).length === 0;
  if (isAsShown) return;
  const differences = block.language === "json" ? findDifferences(JSON.parse(block.text), JSON.parse(printed)) : [];
  throw new Error(["Not as shown.", ...differences, `It printed:\n${printed}`].join("\n"));
}

async function inLine<T>(block: Block, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    throw new Error(`line ${block.line}: ${err instanceof Error ? err.message : err}`, { cause: err });
  }
}
