import type { SimulatedPerson } from "../accounts/simulated-person.ts";
import { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { Simulator } from "../simulator.ts";
import { callerOf, type Sight } from "./describe-event.ts";
import type { Sights } from "./sights.ts";

const CALLERS_SHOWN = 16;

/** Everything the control page shows, as JSON. Instants are milliseconds since 1970. */
export function viewStage(simulator: Simulator, sights: Sights) {
  const people = [...simulator.world.people];
  const isPhone = (person: SimulatedPerson) => person instanceof SimulatedPhone;
  const callers = people.filter((person) => !isPhone(person));
  return {
    /** null: nobody acts by themselves. */
    isPaused: simulator.habits?.isPaused ?? null,
    phones: people.filter(isPhone).map((phone) => viewPhone(phone, sights)),
    callers: latest(callers, sights).map((caller) => viewCaller(simulator, caller, sights)),
    ringing: viewRinging(simulator),
    happened: [...sights.all].reverse().map((sight) => ({ ...viewSight(sight), who: sight.person.account.name })),
  };
}

/** Whoever saw something last comes first; those who saw nothing yet come in the order they were made. */
function latest(people: readonly SimulatedPerson[], sights: Sights): SimulatedPerson[] {
  const sequenceOf = (person: SimulatedPerson) => sights.of(person).at(-1)?.sequence ?? 0;
  return [...people].sort((left, right) => sequenceOf(right) - sequenceOf(left)).slice(0, CALLERS_SHOWN);
}

function viewPhone(phone: SimulatedPhone, sights: Sights) {
  return {
    ...viewName(phone),
    isLinked: phone.devices.length > 0,
    isOnline: phone.devices.some(({ isOnline }) => isOnline),
    saw: [...sights.of(phone)].reverse().map(viewSight),
  };
}

function viewCaller({ habits }: Simulator, caller: SimulatedPerson, sights: Sights) {
  const habit = habits?.habitOf(caller) ?? null;
  return {
    ...viewName(caller),
    habit: habit === null ? null : { name: habit.name, about: habit.about },
    saw: [...sights.of(caller)].reverse().map(viewSight),
  };
}

function viewRinging({ world }: Simulator) {
  const ringing = [...world.calls.values()].filter(({ state }) => state === "ringing");
  return ringing.map((call) => ({
    callId: call.id,
    who: callerOf(world, call)?.account.id ?? null,
    to: call.callee.id,
  }));
}

/** `address` is what the routes of the control port take for the person. */
function viewName({ account }: SimulatedPerson) {
  const { id, name, phoneNumber, lidUser } = account;
  return { id, name, phoneNumber, address: phoneNumber ?? lidUser ?? "" };
}

function viewSight({ sequence, atMs, text, tone }: Sight) {
  return { sequence, atMs, text, tone };
}
