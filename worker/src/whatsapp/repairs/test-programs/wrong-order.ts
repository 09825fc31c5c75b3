/** Loads the client before its repairs, as a program with misplaced imports does. */
await import("@whiskeysockets/baileys");
await import("../install.ts");
