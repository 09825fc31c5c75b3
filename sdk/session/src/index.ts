// Must stay first: it repairs what Baileys loads, before Baileys is loaded.
import "@switchboard/worker/whatsapp/repairs/install";

export * from "./public.ts";
