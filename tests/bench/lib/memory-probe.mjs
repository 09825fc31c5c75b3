/** Preloaded (`node --import`, with --expose-gc): on SIGUSR2 collects garbage and prints one JSON line of memory figures. */
process.on("SIGUSR2", async () => {
  // A pass frees what finalisers of the one before let go of.
  for (let pass = 0; pass < 3; pass += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ event: "memory", rss, heapUsed, external })}\n`);
});
