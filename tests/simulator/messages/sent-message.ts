import type { SimulatedDevice } from "../accounts/simulated-device.ts";
import type { MessageBody } from "../signal/padding.ts";
import type { Attributes } from "../wire/binary-node.ts";

/** A message a simulated device sent; kept to answer retries. */
export interface SentMessage {
  readonly id: string;
  readonly sender: SimulatedDevice;
  readonly body: MessageBody;
  /** Attributes of the stanza, apart from its id. */
  readonly attributes: Attributes;
  retryCount: number;
}
