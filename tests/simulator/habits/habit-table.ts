import type { Scene } from "./scene.ts";

/** A way of calling that several people share. */
export interface Habit {
  readonly name: string;
  /** For people: what somebody with this habit does. */
  readonly about: string;
  /** How often its turn comes, compared with the other habits. */
  readonly weight: number;
  /** How many people have it at a time. */
  readonly people: number;
  /** After so many turns somebody new takes the person's place. */
  readonly turns: number;
  /** false: its people are known by LID only. */
  readonly hasNumber: boolean;
  readonly act: (scene: Scene) => Promise<unknown>;
}

/** Every habit; a demo begins with one turn of each, in this order. */
export const HABITS: readonly Habit[] = [
  {
    name: "in a hurry",
    about: "calls six times within seconds",
    weight: 1,
    people: 1,
    turns: 1,
    hasNumber: true,
    act: async (scene) => {
      for (let count = 0; count < 6; count++) {
        await scene.callBriefly(scene.phones.day, [250, 500]);
        await scene.pause([100, 300]);
      }
    },
  },
  {
    name: "friendly",
    about: "calls once or twice and takes it as it comes",
    weight: 8,
    people: 4,
    turns: 2,
    hasNumber: true,
    act: (scene) => scene.call(scene.phones.day, [3_000, 9_000]),
  },
  {
    name: "insistent",
    about: "calls again and again, and goes on when turned away",
    weight: 7,
    people: 2,
    turns: 8,
    hasNumber: true,
    act: async (scene) => {
      const state = await scene.call(scene.phones.day, [1_500, 4_000]);
      if (state !== "rejected") return;
      await scene.pause([4_000, 7_000]);
      const answer = scene.pick([null, null, "Why does nobody answer?", "It is urgent!"]);
      if (answer !== null) await scene.write(scene.phones.day, answer);
    },
  },
  {
    name: "night owl",
    about: "writes and calls where it is night",
    weight: 4,
    people: 3,
    turns: 3,
    hasNumber: true,
    act: async (scene) => {
      const question = scene.pick([null, "Is anybody awake?", "Are you there?"]);
      if (question !== null) await scene.write(scene.phones.night, question);
      await scene.call(scene.phones.night, [3_000, 6_000]);
    },
  },
  {
    name: "on video",
    about: "calls by video",
    weight: 3,
    people: 2,
    turns: 3,
    hasNumber: true,
    act: (scene) => scene.call(scene.pick([scene.phones.day, scene.phones.night]), [3_000, 7_000], { kind: "video" }),
  },
  {
    name: "without a number",
    about: "shows a LID and no phone number",
    weight: 3,
    people: 2,
    turns: 6,
    hasNumber: false,
    act: (scene) => scene.call(scene.phones.day, [2_000, 6_000]),
  },
  {
    name: "in a group",
    about: "calls the whole group",
    weight: 1,
    people: 1,
    turns: 4,
    hasNumber: true,
    act: (scene) => scene.call(scene.phones.day, [3_000, 6_000], { group: "120363041234567890" }),
  },
  {
    name: "writing",
    about: "writes, and seldom calls",
    weight: 4,
    people: 2,
    turns: 4,
    hasNumber: true,
    act: async (scene) => {
      await scene.write(
        scene.phones.day,
        scene.pick([
          "Hello! When do you open?",
          "Is my order ready?",
          "Thank you, all is well.",
          "Can I come by at four?",
        ]),
      );
      if (scene.pick([false, false, true])) await scene.call(scene.phones.day, [3_000, 6_000]);
    },
  },
];
