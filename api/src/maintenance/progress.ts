/** Passes on the first call, then at most one a second: progress is for people. */
export function eachSecond<T extends readonly unknown[]>(tell: (...values: T) => void): (...values: T) => void {
  let nextMs = 0;
  return (...values) => {
    const nowMs = performance.now();
    if (nowMs < nextMs) return;
    nextMs = nowMs + 1_000;
    tell(...values);
  };
}
