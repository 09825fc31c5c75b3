import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CallerIdentity,
  callerIdentityOf,
  callerKey,
  callerKeys,
  completeIdentity,
  isSameCaller,
  maskCaller,
} from "./caller-identity.ts";

describe("callerIdentityOf", () => {
  it.each([
    [{ from: "4915:3@s.whatsapp.net" }, { pn: "4915", lid: null }],
    [{ from: "777:3@lid" }, { pn: null, lid: "777" }],
    [
      { from: "777:3@lid", callerPn: "4915@s.whatsapp.net" },
      { pn: "4915", lid: "777" },
    ],
    [
      { from: "4915@s.whatsapp.net", callerLid: "777@lid" },
      { pn: "4915", lid: "777" },
    ],
    [
      { from: "4915@s.whatsapp.net", callerPn: "4999@s.whatsapp.net" },
      { pn: "4915", lid: null },
    ],
    [
      { from: "777@lid", callerPn: "888@lid" },
      { pn: null, lid: "777" },
    ],
    [
      { from: "777:99@hosted.lid", callerPn: "4915:99@hosted" },
      { pn: "4915", lid: "777" },
    ],
    [
      { from: "1-2@g.us", callerPn: "4915@s.whatsapp.net" },
      { pn: "4915", lid: null },
    ],
    [{ from: "1-2@g.us", callerPn: null }, null],
    [{ from: "" }, null],
  ])("reads %j", (names, identity) => {
    expect(callerIdentityOf(names)).toEqual(identity);
  });
});

describe("isSameCaller", () => {
  it("keeps a number and a LID of the same digits apart", () => {
    expect(isSameCaller({ pn: "123", lid: null }, { pn: null, lid: "123" })).toBe(false);
  });

  it("does not call two people one because both lack a name", () => {
    expect(isSameCaller({ pn: "1", lid: null }, { pn: "2", lid: null })).toBe(false);
    expect(isSameCaller({ pn: null, lid: "1" }, { pn: null, lid: "2" })).toBe(false);
  });

  it.each([1, 2, 3, 4])("never misses and never matches a stranger over 50,000 generated pairs (round %i)", (round) => {
    let missed = 0;
    let wrong = 0;
    for (const pair of generatedPairs(round, 50_000)) {
      const isMatch = isSameCaller(pair.block, pair.caller);
      if (pair.isExpected && !isMatch) missed += 1;
      if (!pair.isExpected && isMatch) wrong += 1;
    }
    expect({ missed, wrong }).toEqual({ missed: 0, wrong: 0 });
  });
});

describe("callerKey", () => {
  it("is the LID where it is known and is always among the keys of the person", () => {
    expect(callerKey({ pn: "49", lid: "7" })).toBe("lid:7");
    expect(callerKey({ pn: "49", lid: null })).toBe("pn:49");
    expect(callerKeys({ pn: "49", lid: "7" })).toEqual(["lid:7", "pn:49"]);
    expect(callerKeys({ pn: null, lid: "7" })).toEqual(["lid:7"]);
  });

  it("shares a key between two identities exactly when they are one person", () => {
    const name = fc.option(fc.constantFrom("1", "2", "3"));
    const identity = fc.record({ pn: name, lid: name }).filter(({ pn, lid }) => pn !== null || lid !== null);
    fc.assert(
      fc.property(identity, identity, (left, right) => {
        const shared = callerKeys(left).some((key) => callerKeys(right).includes(key));
        expect(shared).toBe(isSameCaller(left, right));
      }),
    );
  });
});

describe("maskCaller", () => {
  it("shows neither a whole number nor a whole LID", () => {
    expect(maskCaller({ pn: "4915123456789", lid: "777888999" })).toBe("+49********789");
    expect(maskCaller({ pn: null, lid: "777888999" })).toBe("lid:***999");
  });
});

interface GeneratedPair {
  block: CallerIdentity;
  caller: CallerIdentity;
  isExpected: boolean;
}

/**
 * Persons with a number and a LID drawn from one small pool of digits, so that one person's LID is often another's
 * number. Block and caller each show one or both names; a mapping learnt later completes the block first.
 */
function* generatedPairs(seed: number, count: number): Generator<GeneratedPair> {
  const random = sequence(seed);
  for (let index = 0; index < count; index += 1) {
    const blocked = random(500);
    const caller = random(2) === 0 ? blocked : random(500);
    const blockShows = random(3);
    const callerShows = random(3);
    const isMappingLearnt = random(2) === 0;
    const shown = namesOf(blocked, blockShows);
    const block = isMappingLearnt ? completeIdentity(shown, namesOf(blocked, 2)) : shown;
    const sharesName = isMappingLearnt || blockShows === 2 || callerShows === 2 || blockShows === callerShows;
    yield { block, caller: namesOf(caller, callerShows), isExpected: blocked === caller && sharesName };
  }
}

/** 0: the number only; 1: the LID only; 2: both. Person n's number is the LID of person n - 1. */
function namesOf(person: number, shows: number): CallerIdentity {
  const from = shows === 0 ? phone(person) : `${9_000_001 + person}:${person % 90}@lid`;
  const extra = shows === 2 ? { callerPn: phone(person) } : {};
  const identity = callerIdentityOf({ from, ...extra });
  if (identity === null) throw new Error("every generated person has a name");
  return identity;
}

function phone(person: number): string {
  return `${9_000_000 + person}:${person % 90}@s.whatsapp.net`;
}

/** A small linear congruential generator: the same pairs in every run. */
function sequence(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}
