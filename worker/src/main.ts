// The repairs come before anything that loads Baileys; the rest is imported afterwards, since imports are hoisted.
import "./whatsapp/repairs/install.ts";

const { runWorker } = await import("./run.ts");
await runWorker();
