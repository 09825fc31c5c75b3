import { z } from "zod";
import type { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { FaultControls } from "../fault-controls.ts";
import type { Simulator } from "../simulator.ts";
import { stanza } from "../wire/binary-node.ts";
import { ControlError, findPhone, type Route } from "./route.ts";

interface FaultCommand {
  readonly name: string;
  readonly inject: (simulator: Simulator, body: unknown) => void;
}

const count = z.number().int().positive().optional();
const code = z.number().int();
const counted = z.object({ count });
const coded = z.object({ code, count });

const FAULTS: readonly FaultCommand[] = [
  onListener("refuse-upgrade", coded.extend({ keepOpen: z.boolean().default(false) }), (faults, options) =>
    faults.refuseUpgrade(options.code, { count: options.count ?? 1, isKeptOpen: options.keepOpen }),
  ),
  onListener("silent-handshake", counted, (faults, options) => faults.silentHandshake(options.count)),
  onListener(
    "defective-certificate",
    counted.extend({
      defect: z.enum(["foreign-root", "wrong-leaf-signature", "junk-signatures", "wrong-issuer-serial"]).optional(),
    }),
    (faults, options) => faults.defectiveCertificate(options.defect, options.count),
  ),
  onPhone("stream-error", z.object({ code, child: z.string().optional() }), (faults, phone, options) =>
    faults.streamError(phone, options.code, options.child === undefined ? undefined : stanza(options.child)),
  ),
  onPhone("conflict", z.object({}), (faults, phone) => faults.conflict(phone)),
  onPhone("end-stream", z.object({}), (faults, phone) => faults.endStream(phone)),
  onPhone("close", z.object({}), (faults, phone) => faults.close(phone)),
  onPhone("cut", z.object({}), (faults, phone) => faults.cut(phone)),
  onPhone("stall", z.object({}), (faults, phone) => faults.stall(phone)),
  onPhone("garbage-frame", z.object({}), (faults, phone) => faults.garbageFrame(phone)),
  onPhone("dirty", z.object({}), (faults, phone) => faults.dirty(phone)),
  onPhone("failure", coded, (faults, phone, options) => faults.failure(phone, options.code)),
  onPhone("fail-next-login", coded, (faults, phone, options) =>
    faults.failNextLogin(phone, options.code, options.count),
  ),
  onPhone("fail-messages", z.object({ code, count: z.number().int().min(0).optional() }), (faults, phone, options) =>
    faults.failMessages(phone, options),
  ),
  onPhone("drop-reject-acks", counted, (faults, phone, options) => faults.dropRejectAcks(phone, options.count)),
  onPhone("ignore-rejects", counted, (faults, phone, options) => faults.ignoreRejects(phone, options.count)),
  onPhone("refuse-rejects", coded, (faults, phone, options) =>
    faults.refuseRejects(phone, options.code, options.count),
  ),
  onPhone("drop-queries", counted.extend({ xmlns: z.string() }), (faults, phone, options) =>
    faults.dropQueries(phone, options.xmlns, options.count),
  ),
  onPhone("fail-queries", coded.extend({ xmlns: z.string() }), (faults, phone, options) =>
    faults.failQueries(phone, options.xmlns, options.code, options.count),
  ),
  onPhone("delay-queries", z.object({ delayMs: z.number().min(0) }), (faults, phone, options) =>
    faults.delayQueries(phone, options.delayMs),
  ),
  onPhone(
    "time-lock",
    z.object({ active: z.boolean(), endsAt: z.coerce.date().optional() }),
    (faults, phone, options) => faults.setTimelock(phone, { isActive: options.active, endsAt: options.endsAt ?? null }),
  ),
  onPhone("drain-pre-keys", z.object({ count: z.number().int().min(0).default(0) }), (faults, phone, options) => {
    for (const device of phone.devices) faults.drainPreKeys(device, options.count);
  }),
];

/** The command that injects a fault. */
export const FAULT_ROUTES: readonly Route[] = [
  {
    command: "POST /faults",
    run: ({ simulator, body }) => {
      const { fault } = z.object({ fault: z.string() }).parse(body);
      const found = FAULTS.find(({ name }) => name === fault);
      const names = FAULTS.map(({ name }) => name).join(", ");
      if (found === undefined) throw new ControlError(400, `no fault ${fault}; there are ${names}`);
      found.inject(simulator, body);
      return { injected: fault };
    },
  },
];

function onListener<T>(
  name: string,
  options: z.ZodType<T>,
  inject: (faults: FaultControls, options: T) => void,
): FaultCommand {
  return { name, inject: ({ faults }, body) => inject(faults, options.parse(body)) };
}

function onPhone<T>(
  name: string,
  options: z.ZodType<T>,
  inject: (faults: FaultControls, phone: SimulatedPhone, options: T) => void,
): FaultCommand {
  const target = z.object({ phone: z.string() });
  return {
    name,
    inject: (simulator, body) => {
      const phone = findPhone(simulator, target.parse(body).phone);
      inject(simulator.faults, phone, options.parse(body));
    },
  };
}
