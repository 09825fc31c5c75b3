import { z } from "zod";
import type { SimulatedCall } from "../calls/simulated-call.ts";
import type { Simulator } from "../simulator.ts";
import { findCall, findPerson, findPersonOrNull, type Route } from "./route.ts";
import { viewCall } from "./views.ts";

const WAIT_MS_MAX = 120_000;

const newCall = z.object({
  from: z.string(),
  to: z.string(),
  kind: z.enum(["voice", "video"]).optional(),
  group: z.string().optional(),
  as: z.enum(["pn", "lid"]).optional(),
  withCallerPn: z.boolean().optional(),
  first: z.enum(["offer", "offer_notice", "relaylatency", "transport", "preaccept", "accept", "ringing"]).optional(),
  offline: z.boolean().optional(),
  at: z.coerce.date().optional(),
  callId: z.string().optional(),
  compressed: z.boolean().optional(),
  device: z.number().int().optional(),
});

const newText = z.object({
  from: z.string(),
  to: z.string(),
  text: z.string(),
  as: z.enum(["pn", "lid"]).optional(),
  device: z.number().int().optional(),
  corrupted: z.boolean().optional(),
});

const CALL_ACTIONS: Readonly<Record<string, (call: SimulatedCall) => void>> = {
  "hang-up": (call) => call.hangUp(),
  "time-out": (call) => call.timeOut(),
  "accept-elsewhere": (call) => call.acceptElsewhere(),
  "reject-elsewhere": (call) => call.rejectElsewhere(),
  redeliver: (call) => call.redeliver(),
  "redeliver-offline": (call) => call.redeliver(true),
};

/** Commands about calls and texts. */
export const CALL_ROUTES: readonly Route[] = [
  {
    command: "POST /calls",
    run: ({ simulator, body }) => {
      const { from, to, ...options } = newCall.parse(body);
      const call = findOrCreate(simulator, from).placeCall(findPerson(simulator, to), options);
      return viewCall(call);
    },
  },
  { command: "GET /calls", run: ({ simulator }) => [...simulator.world.calls.values()].map(viewCall) },
  { command: "GET /calls/:call", run: ({ simulator, params }) => viewCall(findCall(simulator, params.call ?? "")) },
  {
    command: "GET /calls/:call/settled",
    run: async ({ simulator, params, query }) => {
      const call = findCall(simulator, params.call ?? "");
      const timeoutMs = Math.min(Number(query.get("timeoutMs") ?? "30000"), WAIT_MS_MAX);
      await call.waitSettled(timeoutMs).catch(() => undefined);
      return viewCall(call);
    },
  },
  ...Object.entries(CALL_ACTIONS).map(([name, act]) => ({
    command: `POST /calls/:call/${name}`,
    run: ({ simulator, params }: Parameters<Route["run"]>[0]) => {
      const call = findCall(simulator, params.call ?? "");
      act(call);
      return viewCall(call);
    },
  })),
  {
    command: "POST /messages",
    run: async ({ simulator, body }) => {
      const { from, to, text, ...options } = newText.parse(body);
      return { id: await findOrCreate(simulator, from).sendText(findPerson(simulator, to), text, options) };
    },
  },
];

function findOrCreate(simulator: Simulator, name: string) {
  const known = findPersonOrNull(simulator, name);
  return known ?? simulator.createContact({ phoneNumber: name.replace(/\D/g, "") });
}
