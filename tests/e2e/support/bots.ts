import type { BotState, PairingState } from "@switchboard/core/domain/vocabulary";
import { botSchema, type PairingView, pairingSchema } from "@switchboard/core/services/bots/schemas";
import type { z } from "zod";
import type { LinkedDevice, SimulatedPhone } from "../../simulator/index.ts";
import type { Installation } from "./installation.ts";
import { DEADLINE_MS, eventually } from "./poll.ts";

/** A bot that is linked with a phone of the simulator. */
export interface PairedBot {
  readonly id: string;
  readonly phone: SimulatedPhone;
  readonly device: LinkedDevice;
}

/** A bot as REST answers it. */
type ShownBot = z.infer<typeof botSchema>;

/** Makes a bot over REST. */
export const createBot = ({ rest }: Installation, name: string): Promise<ShownBot> =>
  rest.send("POST", "/api/bots", { name }, botSchema);

export const getBot = ({ rest }: Installation, botId: string): Promise<ShownBot> =>
  rest.get(`/api/bots/${botId}`, botSchema);

/** Makes a bot, shows its QR code to the phone, and waits until it is online. */
export async function pairByQr(installation: Installation, name: string, phone: SimulatedPhone): Promise<PairedBot> {
  const { id } = await createBot(installation, name);
  await requestPairing(installation, id, { method: "qr" });
  const { qr = "" } = await waitForPairing(installation, id, "qr");
  const device = await phone.scanQr(installation.secrets.add("QR text", qr));
  await waitForState(installation, id, "online");
  return { id, phone, device };
}

/** Makes a bot, types its pairing code on the phone, and waits until it is online. */
export async function pairByCode(installation: Installation, name: string, phone: SimulatedPhone): Promise<PairedBot> {
  const { id } = await createBot(installation, name);
  await requestPairing(installation, id, { method: "code", phoneNumber: `+${phone.phoneNumber}` });
  const { code = "" } = await waitForPairing(installation, id, "code");
  const device = await phone.typePairingCode(installation.secrets.add("pairing code", code));
  await waitForState(installation, id, "online");
  return { id, phone, device };
}

/** Asks for a pairing over REST. */
export const requestPairing = ({ rest }: Installation, botId: string, wish: object): Promise<PairingView> =>
  rest.send("POST", `/api/bots/${botId}/pairing`, wish, pairingSchema);

/** Waits until a pairing is in a state. */
export const waitForPairing = ({ rest }: Installation, botId: string, state: PairingState): Promise<PairingView> =>
  eventually(
    () => rest.get(`/api/bots/${botId}/pairing`, pairingSchema),
    (pairing) => pairing.state === state,
  );

/** Waits until REST shows the bot in a state. */
export const waitForState = (installation: Installation, botId: string, state: BotState): Promise<ShownBot> =>
  eventually(
    () => getBot(installation, botId),
    (bot) => bot.state === state,
  );

/** Waits until the bot is online by the word of REST and of the simulator, after it was held under another lease. */
export async function waitForReturn(
  installation: Installation,
  bot: PairedBot,
  epochBefore: number,
): Promise<ShownBot> {
  const isBack = ({ state, holder }: ShownBot) => state === "online" && holder !== null && holder.epoch > epochBefore;
  const view = await eventually(() => getBot(installation, bot.id), isBack);
  await bot.phone.waitOnline(bot.device, DEADLINE_MS);
  return view;
}

/** The lease number under which a bot is held; it grows with each holder. 0: nobody holds it. */
export const epochOf = async (installation: Installation, botId: string): Promise<number> =>
  (await getBot(installation, botId)).holder?.epoch ?? 0;
