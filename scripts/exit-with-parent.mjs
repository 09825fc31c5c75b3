/**
 * Preloaded (`node --import`) into every process that a script of the project starts: ends the process when the one that
 * started it is gone, however it went. Without it a launcher that is killed would leave its processes behind, still
 * holding their ports and leases. Plain JavaScript, so that a bundle does not load the TypeScript stripper for it.
 */
const POLL_MS = 500;
/** Longer than the orderly shutdown of all processes takes; what still runs then holds nothing worth waiting for. */
const SHUTDOWN_DEADLINE_MS = 45_000;

const parent = process.ppid;
const timer = setInterval(() => {
  if (process.ppid !== parent) {
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE_MS).unref();
  }
}, POLL_MS);
timer.unref();
