// The repairs come before anything that loads Baileys: imports run in their order here.
import "../../../../worker/src/whatsapp/repairs/install.ts";
import { parseArgs } from "node:util";
import { phoneNumberJid } from "@switchboard/core/domain/jid";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { askedBotId } from "@switchboard/core/services/branded-ids";
import { createLogger } from "@switchboard/host/logger";
import { type BotAuthState, openBotAuthState } from "../../../../worker/src/whatsapp/auth/bot-auth-state.ts";
import type { SocketEvents } from "../../../../worker/src/whatsapp/events.ts";
import { openSocket } from "../../../../worker/src/whatsapp/open-socket.ts";
import { trustTestServer } from "../../../../worker/src/whatsapp/whatsapp-server.ts";
import { openBenchInstallation } from "../../../bench/lib/installation.ts";

/**
 * One bot's holder in a process of its own. Prints `online`, and `heard <message id>` for each message that a program would
 * be told of. With `--killed-at <n>` it is killed (SIGKILL) in the tick in which the decryption of its n-th message became
 * durable: nothing of that message was answered. With `--answers` it writes back, and prints `answered <message id>`.
 */
async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      folder: { type: "string", default: "" },
      bot: { type: "string", default: "" },
      url: { type: "string", default: "" },
      "root-key": { type: "string", default: "" },
      "killed-at": { type: "string" },
      answers: { type: "boolean", default: false },
    },
  });
  const testServer = { url: values.url, noiseRootKey: values["root-key"] };
  trustTestServer(testServer);
  const installation = await openBenchInstallation(values.folder);
  const lease = await installation.acquire(askedBotId(values.bot));
  const store = openRecordStore(installation.ctx, lease, lease.authRevision);
  const state = await openBotAuthState(store, { whenMissing: "refuse" });
  const killedAt = values["killed-at"];
  const socket = openSocket({
    authState: killedAt === undefined ? state : killedAfter(Number(killedAt), state),
    logger: createLogger("worker", "silent"),
    testServer,
    keepAliveMs: 30_000,
    isAlive: () => true,
    events: {
      ...events,
      onMessage: ({ direction, messageId, phoneNumber, lid }) => {
        print(`heard ${messageId}`);
        if (!values.answers || direction === "out") return;
        const jid = lid === null ? phoneNumberJid(phoneNumber ?? "") : `${lid}@lid`;
        void socket
          .sendText({ messageId: socket.newMessageId(), jid, text: "hello yourself" })
          .then(() => print(`answered ${messageId}`));
      },
    },
  });
  process.on("SIGTERM", () => {
    void socket
      .finish(3_000)
      .then(() => state.close())
      .then(() => installation.close())
      .then(() => process.exit(0));
  });
}

const ignore = () => undefined;
const events: SocketEvents = {
  onQr: ignore,
  onPaired: ignore,
  onPasskeyRequired: ignore,
  onOpen: () => print("online"),
  onClose: (statusCode) => print(`closed ${statusCode}`),
  onCall: ignore,
  onMessage: ignore,
  onHistory: ignore,
  onIdentity: ignore,
  onReceipt: ignore,
  onTimeLock: ignore,
};

function killedAfter(count: number, state: BotAuthState): BotAuthState {
  let left = count;
  return {
    ...state,
    makeSignalRepository: (...parts) => {
      const repository = state.makeSignalRepository(...parts);
      const { decryptMessage } = repository;
      repository.decryptMessage = async (message) => {
        const text = await decryptMessage(message);
        left -= 1;
        if (left === 0) process.kill(process.pid, "SIGKILL");
        return text;
      };
      return repository;
    },
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await run();
