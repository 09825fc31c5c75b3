/**
 * Takes away the runner's own listeners of a process event while ours are heard, so that what we survive does not fail
 * the run. Answers how to put them back. `remove` takes our listener away.
 */
export function instead(event: "unhandledRejection", remove: () => void): () => void {
  const listeners = process.listeners(event);
  const others = listeners.slice(0, -1);
  for (const listener of others) process.off(event, listener);
  return () => {
    remove();
    for (const listener of others) process.on(event, listener);
  };
}
