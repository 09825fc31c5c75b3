import type { UserFacingSocketConfig, WACallEvent } from "@whiskeysockets/baileys";
import { vi } from "vitest";
import type {
  LinkedDevice,
  SimulatedCall,
  SimulatedContact,
  SimulatedPhone,
  Simulator,
} from "../../simulator/index.ts";
import { startSimulator } from "../../simulator/index.ts";
import { type BaileysClient, linkBaileysClient } from "../../simulator/testing/baileys-client.ts";

/** A simulator with one linked, unmodified client. */
export interface LinkedBot {
  readonly simulator: Simulator;
  readonly phone: SimulatedPhone;
  readonly bot: BaileysClient;
  readonly device: LinkedDevice;
  stop(): Promise<void>;
}

/** How the phone looks before the client is linked. */
export interface LinkedBotOptions {
  readonly contacts?: (simulator: Simulator) => SimulatedContact[];
  readonly config?: Partial<UserFacingSocketConfig>;
}

/** Starts a simulator and links a client to it. Several files run at once, each with its own simulator. */
export async function startLinkedBot(options: LinkedBotOptions = {}): Promise<LinkedBot> {
  silenceLibsignal();
  const simulator = await startSimulator();
  const contacts = options.contacts?.(simulator) ?? [];
  const phone = simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Bot", contacts });
  const config = { defaultQueryTimeoutMs: 5_000, ...options.config };
  const { client: bot, device } = await linkBaileysClient({ url: simulator.url, config }, phone);
  await simulator.transcript.waitFor(({ kind }) => kind === "history-sent");
  await phone.waitDelivered(device);
  return {
    simulator,
    phone,
    bot,
    device,
    stop: async () => {
      await bot.stop();
      await simulator.stop();
    },
  };
}

/** Waits for the client's event of a call with this status. */
export async function eventOf(bot: BaileysClient, call: SimulatedCall, status: WACallEvent["status"] = "offer") {
  const find = () => bot.calls.find((event) => event.id === call.id && event.status === status);
  await bot.until(() => find() !== undefined);
  const event = find();
  if (event === undefined) throw new Error(`no ${status} of call ${call.id}`);
  return event;
}

/** libsignal prints whole sessions, private keys included, whenever one is replaced. */
export function silenceLibsignal(): void {
  for (const method of ["info", "warn", "error"] as const)
    vi.spyOn(console, method).mockImplementation(() => undefined);
}
