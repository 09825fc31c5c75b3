/** The two address spaces a person has: phone number and LID. */
export const PN_SERVER = "s.whatsapp.net";
export const LID_SERVER = "lid";
export const GROUP_SERVER = "g.us";

/** The server's own address. Baileys compares strings, so the "@" in front is required. */
export const SERVER_JID = "@s.whatsapp.net";

/** A JID taken apart; device 0 is the phone itself and is not written. */
export interface Jid {
  readonly user: string;
  readonly server: string;
  readonly device: number;
}

/** Takes a JID apart; null when it has no "@". */
export function parseJid(text: string | undefined): Jid | null {
  const at = text?.indexOf("@") ?? -1;
  if (text === undefined || at < 0) return null;
  const [user = "", device] = text.slice(0, at).split(":");
  return { user, server: text.slice(at + 1), device: device === undefined ? 0 : Number(device) };
}

/** Writes a JID; device 0 (or none) gives the bare form. */
export function formatJid(user: string, server: string, device = 0): string {
  return device === 0 ? `${user}@${server}` : `${user}:${device}@${server}`;
}

/** The JID without its device part; text that is no JID is returned as it is. */
export function bareJid(text: string): string {
  const jid = parseJid(text);
  return jid === null ? text : formatJid(jid.user, jid.server);
}

/** Whether both address the same user in the same address space, whatever their devices. */
export function isSameUser(left: string, right: string): boolean {
  return bareJid(left) === bareJid(right);
}
