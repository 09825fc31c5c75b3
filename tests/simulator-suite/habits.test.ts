import { afterAll, beforeAll, expect, test } from "vitest";
import { HABITS } from "../simulator/habits/habit-table.ts";
import { type Simulator, startSimulator } from "../simulator/index.ts";
import { type BaileysClient, linkBaileysClient } from "../simulator/testing/baileys-client.ts";
import { silenceLibsignal } from "./support/linked-bot.ts";

let simulator: Simulator;
let bot: BaileysClient;

beforeAll(async () => {
  silenceLibsignal();
  simulator = await startSimulator({ hasHabits: true });
  ({ client: bot } = await linkBaileysClient({ url: simulator.url }, habits().phones.day));
});

afterAll(async () => {
  await bot.stop();
  await simulator.stop();
});

function habits() {
  if (simulator.habits === null) throw new Error("nobody has habits");
  return simulator.habits;
}

const habitsSeen = () => {
  const callers = [...simulator.world.calls.values()]
    .filter(({ isMarkedOffline }) => !isMarkedOffline)
    .map(({ appearance }) => simulator.world.accountOf(appearance.creator)?.id);
  const writers = simulator.transcript.events.filter(({ kind }) => kind === "text-sent");
  const ids = new Set([...callers, ...writers.map(({ detail }) => detail.person)]);
  const people = [...simulator.world.people].filter(({ account }) => ids.has(account.id));
  return new Set(people.map((person) => habits().habitOf(person)?.name));
};

test("people with habits do nothing until they are let go", () => {
  expect(habits().isPaused).toBe(true);
  expect(simulator.world.calls.size).toBe(0);
});

test("then the calls of the days before arrive late and over, and every habit has its turn", async () => {
  habits().resume();
  await simulator.transcript.waitFor(() => habitsSeen().size === HABITS.length);
  await bot.until(() => bot.calls.some(({ offline }) => offline));
  const past = [...simulator.world.calls.values()].filter(({ isMarkedOffline }) => isMarkedOffline);
  expect(past.map(({ state }) => state)).toEqual(past.map(() => "ended"));
  expect(simulator.transcript.events.filter(({ kind }) => kind === "scene-failed")).toEqual([]);
});

test("who calls six times within seconds lets go each time", async () => {
  const hurried = [...simulator.world.people].find((person) => habits().habitOf(person)?.name === "in a hurry");
  const ofHurried = () =>
    [...simulator.world.calls.values()].filter(
      (call) => !call.isMarkedOffline && simulator.world.accountOf(call.appearance.creator) === hurried?.account,
    );
  await simulator.transcript.waitFor(() => ofHurried().filter(({ state }) => state === "ended").length === 6);
});

test("what an unmodified client was sent breaks no rule", () => {
  simulator.assertClean();
});
