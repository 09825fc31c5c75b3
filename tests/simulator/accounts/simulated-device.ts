import type { Randomness } from "../crypto/randomness.ts";
import { type AccountStatement, counterSign, encodeSignedIdentity, stateCompanion } from "../identity/adv-identity.ts";
import { type PreKeyBundle, SignalDevice, type SignalDeviceState } from "../signal/signal-device.ts";
import type { Account, AccountDevice } from "./account.ts";

/** A device that lives in the simulator: somebody's phone, or one of their companions. */
export class SimulatedDevice implements AccountDevice {
  readonly account: Account;
  readonly id: number;
  readonly keyIndex: number | null;
  readonly signal: SignalDevice;
  readonly #randomness: Randomness;
  #signedIdentity: Buffer | null = null;

  constructor(
    account: Account,
    numbers: { id: number; keyIndex: number | null },
    randomness: Randomness,
    state?: SignalDeviceState,
  ) {
    this.account = account;
    this.id = numbers.id;
    this.keyIndex = numbers.keyIndex;
    this.signal = new SignalDevice(`${account.id}-${numbers.id}`, randomness, state);
    this.#randomness = randomness;
  }

  takeBundle(): PreKeyBundle {
    return this.signal.issueBundle();
  }

  signedIdentity(): Buffer | null {
    if (this.keyIndex === null) return null;
    this.#signedIdentity ??= this.#makeIdentity(this.keyIndex);
    return this.#signedIdentity;
  }

  #makeIdentity(keyIndex: number): Buffer {
    const phone = this.account.devices.get(0);
    if (!(phone instanceof SimulatedDevice)) throw new Error("only an account with a simulated phone has companions");
    const companion = this.signal.identity;
    const statement: AccountStatement = stateCompanion(
      phone.signal.identity,
      companion.publicKey,
      keyIndex,
      this.#randomness,
    );
    return encodeSignedIdentity(statement, counterSign(statement, companion));
  }
}
