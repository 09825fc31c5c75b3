/** A step took longer than it may. */
export class TooSlowError extends Error {
  override readonly name = "TooSlowError";
}

/** The result of `work`. @throws TooSlowError after `limitMs`; the work itself goes on, its later failure is ignored */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlowError(`took longer than ${limitMs} ms`)), limitMs);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
