import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction } from "node:vm";

/** Parameters of a CommonJS module function, plus the console it is to see. */
const MODULE_PARAMETERS = ["exports", "require", "module", "__filename", "__dirname", "console"];

/** Answers every console method with nothing. */
const SILENT_CONSOLE: object = new Proxy({}, { get: () => () => undefined });

/**
 * Loads one CommonJS file into `require.cache` with a `console` of its own that prints nothing; later `require` and
 * `import` of it, by anybody, get this instance. No other module's output is touched.
 *
 * A file that an `import` of the same program names lies in the cache before anything runs: Node makes its module when it
 * links the program (lib/internal/modules/esm/translators.js, cjsEmplaceModuleCacheEntry), and takes from it what it has
 * loaded by then. So that module is used, not another.
 *
 * libsignal prints whole sessions with their private keys to stdout in normal work (src/session_record.js, closeSession).
 * @throws Error when the file was loaded before: that instance would go on printing.
 */
export function loadMuted(filename: string): unknown {
  const localRequire = createRequire(filename);
  const linked = localRequire.cache[filename];
  if (linked?.loaded) throw new Error(`${filename} is loaded already`);
  const loading = linked ?? new Module(filename);
  loading.filename = filename;
  localRequire.cache[filename] = loading;
  const run: unknown = compileFunction(readFileSync(filename, "utf8"), MODULE_PARAMETERS, { filename });
  if (typeof run !== "function") throw new TypeError("no module function");
  Reflect.apply(run, loading.exports, [
    loading.exports,
    localRequire,
    loading,
    filename,
    dirname(filename),
    SILENT_CONSOLE,
  ]);
  loading.loaded = true;
  return loading.exports;
}
