import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { listRepositoryFiles } from "../lib/repository.ts";

const DOCUMENTS = /^(?:README\.md|AGENTS\.md|(?:.+\/)?(?:README|AGENTS)\.md|docs\/.+\.md)$/;
/** Records of decisions stay as they were written, also when what they speak of is gone. */
const FROZEN = /^docs\/decisions\//;
const CODE_SPAN = /`([^`\n]+)`/g;
const LINK = /\]\(([^()\s]+)\)/g;
const FENCED_BLOCK = /^(```|~~~).*?^\1/gms;
const PLAIN_PATH = /^[\w@.-]+(?:\/[\w@.+-]+)*\/?$/;

/**
 * Finds paths that the documentation cites and that are not there: a code span that begins with one of the repository's
 * own top folders, and every relative link. A pattern like `db/src/*.ts` is not a path.
 */
export async function findDeadDocPaths(root: string): Promise<string[]> {
  const files = await listRepositoryFiles(root);
  const topFolders = new Set(files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]));
  const problems: string[] = [];
  for (const document of files.filter((file) => DOCUMENTS.test(file) && !FROZEN.test(file))) {
    const text = (await readFile(join(root, document), "utf8")).replaceAll(FENCED_BLOCK, "");
    for (const path of citedPaths(text, document, topFolders)) {
      if (!existsSync(join(root, path))) {
        problems.push(`${document} cites ${path}, which is not there`);
      }
    }
  }
  return problems;
}

function citedPaths(text: string, document: string, topFolders: Set<string | undefined>): string[] {
  const spans = captures(text, CODE_SPAN).filter((span) => PLAIN_PATH.test(span) && span.includes("/"));
  const inRepository = spans.filter((span) => topFolders.has(span.split("/")[0]));
  const links = captures(text, LINK)
    .filter((target) => !/^(?:[a-z][a-z+.-]*:|#|\/)/i.test(target))
    .map((target) => normalize(join(dirname(document), target.replace(/[#?].*/, ""))));
  return [...inRepository, ...links];
}

function captures(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}
