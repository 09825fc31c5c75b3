import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";
import type { RecentMessages } from "./recent-messages.ts";

/** The server acknowledges a message within this, or nothing is known of it. */
const ACK_TIMEOUT_MS = 15_000;

/** A text for one person; `messageId` was recorded before. */
export interface OutgoingText {
  readonly jid: string;
  readonly text: string;
  readonly messageId: string;
}

/** What the server said: took it, refused it with a code, or nothing in time. */
export type SendAnswer =
  | { readonly status: "taken" }
  | { readonly status: "refused"; readonly code: string }
  | { readonly status: "silent" };

/**
 * Sends a text and waits for the acknowledgement of its stanza. Baileys resolves once the stanza is written, and tells of
 * a refusal (463: reach-out time-lock) only in a later event (src/Socket/messages-recv.ts, handleBadAck).
 * @throws when the text could not be encrypted or handed over
 */
export async function sendText(socket: WASocket, recent: RecentMessages, text: OutgoingText): Promise<SendAnswer> {
  const { jid, messageId } = text;
  const answer = awaitAck(socket, messageId);
  // A companion may ask for the message again before the send has resolved; Baileys answers only what it finds then.
  recent.add(messageId, { extendedTextMessage: { text: text.text } });
  try {
    const sent = await socket.sendMessage(jid, { text: text.text, linkPreview: null }, { messageId });
    if (sent?.message) recent.add(messageId, sent.message);
    answer.startTimer();
    return await answer.promise;
  } finally {
    answer.stop();
  }
}

function awaitAck(socket: WASocket, messageId: string) {
  const { promise, resolve } = Promise.withResolvers<SendAnswer>();
  let timer: NodeJS.Timeout | undefined;
  const onAck = (node: BinaryNode) => {
    if (node.attrs.id !== messageId) return;
    const code = node.attrs.error;
    resolve(code === undefined ? { status: "taken" } : { status: "refused", code });
  };
  socket.ws.on("CB:ack,class:message", onAck);
  return {
    promise,
    startTimer: () => {
      timer = setTimeout(() => resolve({ status: "silent" }), ACK_TIMEOUT_MS);
    },
    stop: () => {
      clearTimeout(timer);
      socket.ws.off("CB:ack,class:message", onAck);
    },
  };
}
