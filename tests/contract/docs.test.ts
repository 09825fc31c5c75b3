import { readFile } from "node:fs/promises";
import { settingFields } from "@switchboard/core/config/setting-fields";
import { auditObjectKindOf, errorCodes } from "@switchboard/core/domain/vocabulary";
import { describe, expect, it } from "vitest";
import { problemKinds } from "../../api/src/problems.ts";

const readDocument = (name: string): Promise<string> => readFile(new URL(`../../${name}`, import.meta.url), "utf8");

/** The cells of the table whose heading begins with `firstHeading`; code marks are taken off. */
function tableUnder(document: string, firstHeading: string): string[][] {
  const lines = document.split("\n");
  const start = lines.findIndex((line) => /^\| *([\w .]*?) *\|/.exec(line)?.[1] === firstHeading);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

describe("the documents", () => {
  it("list every error code with the status, cause and advice the api gives, and no other", async () => {
    const listed = tableUnder(await readDocument("docs/errors.md"), "code");
    const given = errorCodes.map((code) => {
      const { status, cause, check } = problemKinds[code];
      return [code, String(status), cause, check].map((text) => text.replaceAll("`", ""));
    });
    expect(listed).toEqual(given);
  });

  it("list every audited action with the kind of its object, in the order of the vocabulary, and no other", async () => {
    const listed = tableUnder(await readDocument("docs/audit.md"), "action").map(([action, object]) => [
      action,
      object,
    ]);
    expect(listed).toEqual(Object.entries(auditObjectKindOf));
  });

  it("list every setting of the registry, in its order, and no other", async () => {
    const listed = tableUnder(await readDocument("README.md"), "setting").map(([name]) => name);
    expect(listed).toEqual(Object.keys(settingFields));
  });

  it("say of each of the forty points of the security checklist which test shows it, or why none does", async () => {
    const rows = tableUnder(await readDocument("docs/security.md"), "no.");
    expect(rows.map(([number]) => number)).toEqual(Array.from({ length: 40 }, (_, place) => String(place + 1)));
    for (const [, what, shownBy] of rows)
      expect([what, shownBy]).toEqual([
        expect.stringMatching(/\w/),
        expect.stringMatching(/\.test\.ts|^comes with|^no test: /),
      ]);
  });

  it("name the default of every setting whose default is a fixed value", async () => {
    const documented = tableUnder(await readDocument("README.md"), "setting").map(([name, standard]) => [
      name,
      standard,
    ]);
    const fixed = Object.entries(settingFields).flatMap(([name, { schema }]) => {
      const value: unknown = schema.safeParse(undefined).data;
      if (value === null || Array.isArray(value)) return [];
      return [[name, typeof value === "boolean" ? String(Number(value)) : String(value)]];
    });
    expect(documented).toEqual(expect.arrayContaining(fixed));
  });
});
