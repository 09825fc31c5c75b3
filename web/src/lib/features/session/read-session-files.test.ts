import { expect, test } from "vitest";
import { defectsOfRefusal, readSessionFiles } from "./read-session-files.ts";

const file = (name: string, text: string, size = text.length) => ({ name, size, text: async () => text });

test("files are read by their names, and each is told of", async () => {
  const counts: number[] = [];
  const chosen = [file("creds.json", '{"me":1}'), file("pre-key-1.json", "[2]")];
  const { files, defects } = await readSessionFiles(chosen, (count) => counts.push(count));
  expect(defects).toEqual([]);
  expect({ ...files }).toEqual({ "creds.json": { me: 1 }, "pre-key-1.json": [2] });
  expect(counts).toEqual([1, 2]);
});

test("what is no JSON, or cannot be read, is named", async () => {
  const gone = { name: "gone.json", size: 1, text: () => Promise.reject(new Error("gone")) };
  const { defects } = await readSessionFiles([file("creds.json", "{"), gone]);
  expect(defects).toEqual([
    { name: "creds.json", message: "Is not JSON. It may be cut off." },
    { name: "gone.json", message: "Could not be read from the disk." },
  ]);
});

test("nothing, no credentials, a name twice, and too much are told before anything is read", async () => {
  const defectsOf = async (...chosen: ReturnType<typeof file>[]) =>
    (await readSessionFiles(chosen)).defects.map(({ name, message }) => `${name}: ${message.slice(0, 10)}`);
  expect(await defectsOf()).toEqual(["null: Choose the"]);
  expect(await defectsOf(file("a.json", "1"), file("a.json", "1"))).toEqual([
    "creds.json: Is missing",
    "a.json: Is there t",
  ]);
  expect(await defectsOf(file("creds.json", "1", 17_000_000))).toEqual(["null: The files "]);
});

test("a file with a name that no object can have is refused, and not sent as nothing", async () => {
  const { defects } = await readSessionFiles([file("creds.json", "1"), file("__proto__", "2")]);
  expect(defects).toEqual([{ name: "__proto__", message: "Is no file that Baileys writes. Leave it out." }]);
});

test("what the api refused is told by file", () => {
  const fields = [
    { path: "files.pre-key-1.json", message: "Bad." },
    { path: "", message: "Worse." },
  ];
  expect(defectsOfRefusal(fields)).toEqual([
    { name: "pre-key-1.json", message: "Bad." },
    { name: null, message: "Worse." },
  ]);
});
