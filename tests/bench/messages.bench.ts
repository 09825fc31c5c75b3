/**
 * Messages per second of a bot that writes to 12 contacts, one send at a time as Baileys does it: our signal repository
 * and transactions against the stock ones. Only these differ: both stand on the same sealed, fenced store on a file
 * database, both encrypt to the contact and to the own phone with real libsignal, and nothing is sent anywhere (the
 * socket is the model of tests/signal-durability). Goal: at least 0.95 of the stock rate. Then ours with the sealed journal
 * that a worker keeps on its disk beside the database: at least 0.9 of the rate without it.
 */
// The repairs come before anything that loads Baileys; imports are hoisted, so the rest is imported afterwards.
import "../../worker/src/whatsapp/repairs/install.ts";

const { measureMessages } = await import("./measures/messages.ts");
await measureMessages();
