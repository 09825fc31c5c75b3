import { z } from "zod";
import { CALL_ROUTES } from "./call-routes.ts";
import { FAULT_ROUTES } from "./fault-routes.ts";
import { HABIT_ROUTES } from "./habit-routes.ts";
import { findPerson, findPhone, type Route } from "./route.ts";
import { viewDevice, viewPerson, viewText } from "./views.ts";

const newPhone = z.object({
  phoneNumber: z.string().regex(/^\d+$/),
  lid: z.string().regex(/^\d+$/).optional(),
  pushName: z.string().optional(),
  contacts: z.array(z.string()).default([]),
});

const newContact = z.object({
  phoneNumber: z.string().regex(/^\d+$/).optional(),
  lid: z.string().regex(/^\d+$/).optional(),
  name: z.string().optional(),
  devices: z.number().int().min(1).max(20).optional(),
  isLidTold: z.boolean().optional(),
});

const refusal = z.object({ refusal: z.enum(["refused", "passkey-required"]).nullable() });

const PEOPLE_ROUTES: readonly Route[] = [
  {
    command: "POST /phones",
    run: ({ simulator, body }) => {
      const phone = newPhone.parse(body);
      const contacts = phone.contacts.map((name) => findPerson(simulator, name));
      return viewPerson(simulator.createPhone({ ...phone, contacts }));
    },
  },
  {
    command: "POST /contacts",
    run: ({ simulator, body }) => viewPerson(simulator.createContact(newContact.parse(body))),
  },
  { command: "GET /people", run: ({ simulator }) => [...simulator.world.people].map(viewPerson) },
  {
    command: "GET /people/:person/inbox",
    run: ({ simulator, params }) => findPerson(simulator, params.person ?? "").inbox.map(viewText),
  },
  {
    command: "POST /phones/:phone/scan",
    run: async ({ simulator, params, body }) => {
      const { qr } = z.object({ qr: z.string() }).parse(body);
      return viewDevice(await findPhone(simulator, params.phone ?? "").scanQr(qr));
    },
  },
  {
    command: "POST /phones/:phone/code",
    run: async ({ simulator, params, body }) => {
      const { code } = z.object({ code: z.string() }).parse(body);
      return viewDevice(await findPhone(simulator, params.phone ?? "").typePairingCode(code));
    },
  },
  {
    command: "POST /phones/:phone/unlink",
    run: ({ simulator, params, body }) => {
      const { device } = z.object({ device: z.number().optional() }).parse(body);
      const phone = findPhone(simulator, params.phone ?? "");
      const removed = phone.devices.filter(({ id }) => device === undefined || id === device);
      for (const linked of removed) phone.unlink(linked);
      return removed.map(viewDevice);
    },
  },
  {
    command: "POST /phones/:phone/refusal",
    run: ({ simulator, params, body }) => {
      findPhone(simulator, params.phone ?? "").linkRefusal = refusal.parse(body).refusal;
    },
  },
];

const JUDGE_ROUTES: readonly Route[] = [
  {
    command: "GET /status",
    run: ({ simulator }) => ({
      url: simulator.url,
      noiseRootKey: simulator.noiseRootKey,
      connections: simulator.world.connections.size,
      people: [...simulator.world.people].length,
      violations: simulator.violations.length,
      unknownStanzas: simulator.unknownStanzas.length,
    }),
  },
  {
    command: "GET /violations",
    run: ({ simulator }) => ({
      violations: simulator.violations,
      unknownStanzas: simulator.unknownStanzas.map(({ description, device, atMs }) => ({ description, device, atMs })),
    }),
  },
  {
    command: "DELETE /violations",
    run: ({ simulator }) => {
      const { judge } = simulator.world;
      const forgotten = judge.violations.length + judge.unknownStanzas.length;
      judge.violations.length = 0;
      judge.unknownStanzas.length = 0;
      return { forgotten };
    },
  },
  {
    command: "GET /transcript",
    run: ({ simulator, query }) => {
      const after = Number(query.get("after") ?? "0");
      const kind = query.get("kind");
      const { events } = simulator.transcript;
      return events.filter((event) => event.sequence > after && (kind === null || event.kind === kind));
    },
  },
];

/** Every command of the control port. */
export const CONTROL_ROUTES: readonly Route[] = [
  ...PEOPLE_ROUTES,
  ...CALL_ROUTES,
  ...FAULT_ROUTES,
  ...HABIT_ROUTES,
  ...JUDGE_ROUTES,
];
