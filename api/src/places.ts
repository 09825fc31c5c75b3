import { ServiceError } from "@switchboard/core/errors";

/** Gives a place back; safe to call twice. */
export type LeavePlace = () => void;

/** How many of a kind of request may be under way at once in this process, for each owner of them. */
export interface Places {
  /** @throws ServiceError rate-limited when all of the owner's places are taken */
  take(owner: string): LeavePlace;
}

/** Places for requests that last: quotas count how many begin, and say nothing about how many go on. */
export function createPlaces(
  limit: number,
  { what, retryAfterSeconds }: { what: string; retryAfterSeconds: number },
): Places {
  const taken = new Map<string, number>();
  return {
    take(owner) {
      const count = taken.get(owner) ?? 0;
      if (count >= limit)
        throw new ServiceError("rate-limited", `${what}: ${limit} at once. End one first.`, { retryAfterSeconds });
      taken.set(owner, count + 1);
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        const left = (taken.get(owner) ?? 1) - 1;
        if (left === 0) taken.delete(owner);
        else taken.set(owner, left);
      };
    },
  };
}
