import "../repairs/install.ts";
import { describe, expect, it } from "vitest";
import { encodeRecords } from "./record-codec.ts";
import { sendingStepsOf } from "./sending-steps.ts";

const SENDING = 1;
const RECEIVING = 2;

const session = JSON.stringify({
  _sessions: {
    base: {
      _chains: {
        ours: { chainType: SENDING, chainKey: { counter: 4 } },
        fresh: { chainType: SENDING, chainKey: { counter: -1 } },
        theirs: { chainType: RECEIVING, chainKey: { counter: 9 } },
      },
    },
    archived: { _chains: { older: { chainType: SENDING, chainKey: { counter: 0 } } } },
  },
});

function senderKey(privateKey: Buffer, iteration: number): string {
  const state = {
    senderKeyId: 5,
    senderChainKey: { iteration, seed: Buffer.alloc(32) },
    senderSigningKey: { public: Buffer.alloc(32), private: privateKey },
  };
  return encodeRecords({ "sender-key": { id: Buffer.from(JSON.stringify([state])) } })[0]?.value ?? "";
}

describe("the messages a stored record has sent", () => {
  it("are those of every sending chain of a session, archived ones too", () => {
    const steps = [...sendingStepsOf({ type: "session", value: session })];
    expect(steps).toEqual([
      ["ours", 5],
      ["fresh", 0],
      ["older", 1],
    ]);
  });

  it("are half the steps of the own sender key, rounded up, and none of another's", () => {
    const own = sendingStepsOf({ type: "sender-key", value: senderKey(Buffer.alloc(32, 1), 7) });
    expect([...own]).toEqual([["5", 4]]);
    expect(sendingStepsOf({ type: "sender-key", value: senderKey(Buffer.alloc(0), 7) }).size).toBe(0);
  });

  it("are none for what cannot send", () => {
    expect(sendingStepsOf({ type: "session", value: null }).size).toBe(0);
    expect(sendingStepsOf({ type: "pre-key", value: "{}" }).size).toBe(0);
  });
});
