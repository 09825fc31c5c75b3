import type { SimulatedPerson } from "../accounts/simulated-person.ts";
import type { Simulator } from "../simulator.ts";
import { formatJid, LID_SERVER, PN_SERVER } from "../wire/jid.ts";

const FIRST_NAMES =
  "Ada Bilal Chloé Dmitri Elif Femi Grace Hiro Inés Jonas Kavya Liam Mei Noor Oskar Priya Quentin Rosa Samir Tove Umar Valeria Wen Ximena Yusuf Zoë".split(
    " ",
  );
const LAST_INITIALS = "BCDFGHKLMNPRSTVW";

/**
 * Beginnings of numbers that regulators keep for stories, and how many digits follow: nobody has them. Ofcom, "Telephone
 * numbers for use in TV and radio drama programmes" (mobiles); Arcep, decision 2018-0881 (mobiles for audiovisual works).
 */
const STORY_NUMBERS = [
  { prefix: "447700900", digits: 3 },
  { prefix: "3363998", digits: 4 },
] as const;

/** Makes a contact with a made-up name and a number that nobody has; without `hasNumber` one who is known by LID only. */
export function createNewcomer(
  simulator: Pick<Simulator, "world" | "createContact">,
  hasNumber: boolean,
): SimulatedPerson {
  const { world } = simulator;
  const { randomness } = world;
  const firstName = FIRST_NAMES[randomness.integer(0, FIRST_NAMES.length)];
  const name = `${firstName} ${LAST_INITIALS[randomness.integer(0, LAST_INITIALS.length)]}.`;
  if (hasNumber) return simulator.createContact({ name, phoneNumber: findStoryNumber(world) });
  return simulator.createContact({ name, lid: world.newUser(LID_SERVER) });
}

function findStoryNumber(world: Simulator["world"]): string {
  for (;;) {
    const { prefix, digits } = STORY_NUMBERS[world.randomness.integer(0, STORY_NUMBERS.length)] ?? STORY_NUMBERS[0];
    const number = `${prefix}${String(world.randomness.integer(0, 10 ** digits)).padStart(digits, "0")}`;
    if (world.accountOf(formatJid(number, PN_SERVER)) === null) return number;
  }
}
