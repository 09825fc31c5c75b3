/** What a JID names. `phone-number` and `lid` are persons; the hosted servers count as their base. */
export type JidKind = "phone-number" | "lid" | "group" | "other";

/** A JID in parts (Baileys src/WABinary/jid-utils.ts): `user_agent:device@server`. Null: the part is absent. */
export interface Jid {
  readonly user: string;
  readonly server: string;
  readonly agent: number | null;
  readonly device: number | null;
  readonly kind: JidKind;
}

const kindByServer: Readonly<Record<string, JidKind>> = {
  "s.whatsapp.net": "phone-number",
  "c.us": "phone-number",
  hosted: "phone-number",
  lid: "lid",
  "hosted.lid": "lid",
  "g.us": "group",
};

const jidPattern = /^([^@:_]+)(?:_(\d{1,3}))?(?::(\d{1,5}))?@([a-z.]{1,32})$/;

/**
 * Takes a JID apart, or answers null where the text is none. Persons must have a user of 1 to 20 digits. The server
 * alone decides the kind: `123@lid` and `123@s.whatsapp.net` are two persons, whatever their agent part says.
 */
export function parseJid(text: string): Jid | null {
  const match = jidPattern.exec(text);
  const [, user, agent, device, server] = match ?? [];
  if (user === undefined || server === undefined) return null;
  const kind = Object.hasOwn(kindByServer, server) ? (kindByServer[server] ?? "other") : "other";
  if (isPersonKind(kind) && !/^\d{1,20}$/.test(user)) return null;
  return { user, server, agent: toNumber(agent), device: toNumber(device), kind };
}

/**
 * The same JID without agent and device, the old `c.us` spelled `s.whatsapp.net`: what a text is sent to, since one
 * sent to a device reaches only that device. Null where the text is no JID.
 */
export function withoutDevice(text: string): string | null {
  const jid = parseJid(text);
  if (jid === null) return null;
  return `${jid.user}@${jid.server === "c.us" ? "s.whatsapp.net" : jid.server}`;
}

/** The JID of a phone number given as E.164 digits. */
export function phoneNumberJid(digits: string): string {
  return `${digits}@s.whatsapp.net`;
}

/** The JID of a LID given as digits. */
export function lidJid(digits: string): string {
  return `${digits}@lid`;
}

/** Whether the kind is a person's: such a JID can be a caller. */
export function isPersonKind(kind: JidKind): boolean {
  return kind === "phone-number" || kind === "lid";
}

function toNumber(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}
