#!/usr/bin/env node
import { exitCodes } from "./exit-codes.ts";
import { runCli } from "./run-cli.ts";

/** What is put right after Ctrl-C has this long. */
const CLEAN_UP_MS = 5_000;

const interrupted = new AbortController();
// Ctrl-C may arrive twice: from the terminal, and passed on by the process that started this one.
process.on("SIGINT", () => {
  interrupted.abort();
  setTimeout(() => process.exit(exitCodes.interrupted), CLEAN_UP_MS).unref();
});
// A reader that has seen enough (`sb calls list | head`) is no failure.
process.stdout.on("error", () => process.exit(exitCodes.ok));

const { stdin, stdout, stderr, env } = process;
process.exitCode = await runCli(process.argv.slice(2), { stdin, stdout, stderr, env, interrupted: interrupted.signal });
// An open standard input would keep the process alive after a question.
stdin.unref?.();
