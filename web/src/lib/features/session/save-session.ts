import { makeTar } from "./tar.ts";

/** Hands a session to the browser as one file, a tar of the directory Baileys reads, each file as Baileys writes it. */
export function saveSession(botName: string, files: Readonly<Record<string, unknown>>, nowMs: number): void {
  const folder = folderName(botName);
  const archived = Object.entries(files).map(([name, value]) => ({ name, text: JSON.stringify(value) }));
  const url = URL.createObjectURL(makeTar(folder, archived, nowMs));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${folder}.tar`;
  link.click();
  URL.revokeObjectURL(url);
}

/** A name for a folder that every system takes. */
const folderName = (botName: string): string =>
  `session-${
    botName
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 40) || "bot"
  }`;
