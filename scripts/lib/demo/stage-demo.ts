import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "./ask.ts";
import type { DemoSettings } from "./demo-settings.ts";
import { zoneWhereItIsNight } from "./time-zones.ts";

const POLL_MS = 150;

/** What the dashboard of a demo is opened with. It is no secret: a demo has its own data and listens on 127.0.0.1 only. */
export const DEMO_LOGIN = { email: "demo@example.org", password: "calls go to the simulator" };

type DemoBot = { name: string; timeZone: string; phoneNumber: string; screening: object };
type Admin = { settings: DemoSettings; token: string; signal: AbortSignal };

/** Makes the first admin, links two bots with the simulator's phones, sets up their screening, and lets the callers go. */
export async function stageDemo(settings: DemoSettings, signal: AbortSignal): Promise<void> {
  const code = (await readFile(join(settings.dataDir, "setup-code"), "utf8")).trim();
  const person = { name: "Demo", ...DEMO_LOGIN, teamName: "Demo", code };
  const { token } = await ask<{ token: string }>("POST", `${settings.apiUrl}/api/setup`, { body: person, signal });
  const habits = await ask<{ phones: string[] }>("GET", `${settings.controlUrl}/habits`, { signal });
  const bots = describeBots(habits.phones);
  await Promise.all(bots.map((bot) => stageBot({ settings, token, signal }, bot)));
  await ask("POST", `${settings.controlUrl}/habits/resume`, { body: {}, signal });
}

function describeBots([dayPhone = "", nightPhone = ""]: string[]): DemoBot[] {
  return [
    {
      name: "Front desk",
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      phoneNumber: dayPhone,
      screening: {
        dailyLimit: 3,
        blockHours: 24,
        groupCalls: "reject",
        autoReply: {
          text: "Hello! You have called several times today. Please write to us here, and we will answer.",
          groupText: "We do not take group calls. Please write to us here.",
        },
      },
    },
    {
      name: "Night shift",
      timeZone: zoneWhereItIsNight(Date.now()),
      phoneNumber: nightPhone,
      screening: {
        dailyLimit: 5,
        defaultAction: "reject-and-reply",
        videoCalls: "reject",
        autoReply: { text: "It is night here. Please leave us a message, and we will call back in the morning." },
      },
    },
  ];
}

async function stageBot({ settings, token, signal }: Admin, bot: DemoBot): Promise<void> {
  const { name, timeZone } = bot;
  const bots = `${settings.apiUrl}/api/bots`;
  const { id } = await ask<{ id: string }>("POST", bots, { body: { name, timeZone }, token, signal });
  await ask("POST", `${bots}/${id}/pairing`, { body: { method: "qr" }, token, signal });
  const qr = await until(
    async () => (await ask<{ qr?: string }>("GET", `${bots}/${id}/pairing`, { token, signal })).qr,
  );
  await ask("POST", `${settings.controlUrl}/phones/${bot.phoneNumber}/scan`, { body: { qr }, signal });
  const screening = { enabled: true, timeZone, ...bot.screening };
  await ask("PUT", `${bots}/${id}/call-blocking`, { body: screening, token, signal });
  await until(async () => {
    const { state } = await ask<{ state: string }>("GET", `${bots}/${id}`, { token, signal });
    return state === "online" ? state : undefined;
  });
}

/** Asks again until there is an answer; ends early with the signal of what it asks. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) {
      return found;
    }
    await delay(POLL_MS);
  }
}
