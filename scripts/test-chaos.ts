/**
 * `npm run test:chaos`: the long form of the tests that leave things to chance. Writes what came of each into
 * docs/reliability.md, with the seed that repeats it. Arguments choose figures by a part of their name; CHAOS_SEED
 * chooses other histories, CHAOS_PART (1 to 100) how much of the long form, in hundredths.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type ChaosFigure, chaosFigures, sizeOf } from "./lib/chaos-figures.ts";
import { formatSeconds } from "./lib/output.ts";
import { ROOT } from "./lib/settings.ts";
import { EXIT_WITH_PARENT } from "./lib/supervisor.ts";

const REPORT = join(ROOT, "docs/reliability.md");
const [BEGIN, END] = ["<!-- figures: begin -->", "<!-- figures: end -->"];

const filters = process.argv.slice(2);
const seed = Number(process.env.CHAOS_SEED ?? 1);
const part = Number(process.env.CHAOS_PART ?? 100) / 100;
const figures = chaosFigures.filter(({ name }) => filters.length === 0 || filters.some((text) => name.includes(text)));
const rows = new Map<string, string>();

for (const figure of figures) {
  console.log(`\n== ${figure.name}`);
  const { isPassed, tookMs, said } = await run(figure);
  const outcome = isPassed ? "passed" : "FAILED";
  const size = said || sizeInWords(figure, part);
  const when = new Date().toISOString().slice(0, 10);
  rows.set(
    figure.name,
    row([
      figure.name,
      figure.shows,
      figure.full,
      size,
      String(seed),
      outcome,
      formatSeconds(tookMs),
      when,
      testsOf(figure),
    ]),
  );
  await writeRows();
}
const failed = [...rows.values()].filter((text) => text.includes("| FAILED |")).length;
console.log(`${rows.size - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || rows.size === 0 ? 1 : 0;

async function run(figure: ChaosFigure): Promise<{ isPassed: boolean; tookMs: number; said: string }> {
  const startedAtMs = performance.now();
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const args = ["--import", EXIT_WITH_PARENT, vitest, "run", "--project", figure.project, ...figure.files];
  const env = { CI: "true", CHAOS_SEED: String(seed), ...sizeOf(figure, part) };
  const result = await execa(process.execPath, args, { cwd: ROOT, env, stdin: "ignore", reject: false, all: true });
  console.log(result.all.split("\n").slice(-25).join("\n"));
  const said = result.all.split("\n").find((line) => figure.tells?.test(line)) ?? "";
  return { isPassed: !result.failed, tookMs: performance.now() - startedAtMs, said };
}

/** Of a test that does not tell it. */
function sizeInWords({ size }: ChaosFigure, part: number): string {
  if (part === 1 || Object.keys(size).length === 0) return "in full";
  return `${Math.round(part * 100)} % of each number`;
}

/** Each test by its folder and name. */
function testsOf({ files }: ChaosFigure): string {
  return files.map((file) => `\`${file.replace(/^tests\/(.*)\.test\.ts$/, "$1")}\``).join(", ");
}

/** Replaces the rows of what ran; the others keep what their last run said. */
async function writeRows(): Promise<void> {
  const text = await readFile(REPORT, "utf8");
  const [head = "", rest = ""] = text.split(BEGIN);
  const [table = "", tail = ""] = rest.split(END);
  const before = table.split("\n").filter((line) => line.startsWith("| F"));
  const nameOf = (line: string) => line.split("|")[1]?.trim() ?? "";
  const kept = before.filter(
    (line) => !rows.has(nameOf(line)) && chaosFigures.some(({ name }) => name === nameOf(line)),
  );
  const all = [...kept, ...rows.values()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const titles = ["figure", "shows", "in full", "last run", "seed", "result", "took", "on", "tests"];
  const lines = [row(titles), row(titles.map(() => "---")), ...all];
  await writeFile(REPORT, `${head}${BEGIN}\n\n${lines.join("\n")}\n\n${END}${tail}`);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").trim()).join(" | ")} |`;
}
