/**
 * Runs one program and starts it again when a file it uses changes: `watch.ts <program>`. Node's own watcher does the
 * work; this process stands before it because the watcher itself does not end when the launcher is killed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

const watcher = spawn(process.execPath, ["--watch", "--watch-preserve-output", ...process.argv.slice(2)], {
  stdio: ["ignore", "inherit", "inherit"],
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => watcher.kill(signal));
}

const [code] = await once(watcher, "exit");
// The watcher ends by the signal it was sent: that is how it is meant to end.
process.exit(code ?? 0);
