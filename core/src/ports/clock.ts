/** Wall time. Durations that matter for safety use the process's monotonic clock instead. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}
