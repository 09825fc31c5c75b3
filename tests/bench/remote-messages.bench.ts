/**
 * Messages per second of a bot that writes to 12 contacts, one send at a time: a program that holds the bot over HTTP, with
 * the package for microservices, against the same auth state on the database itself. The api is a process of its own on this
 * machine, so a network would only add its round trip to each message. Plain and sealed; the ratio is printed, no goal.
 */
// The repairs come before anything that loads Baileys; imports are hoisted, so the rest is imported afterwards.
import "../../worker/src/whatsapp/repairs/install.ts";

const { measureRemoteMessages } = await import("./measures/remote-messages.ts");
await measureRemoteMessages();
