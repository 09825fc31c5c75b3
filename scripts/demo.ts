/** `npm run demo`: runs the product against a simulated WhatsApp, with bots, callers and a login of its own. */
import { planDemo } from "./lib/demo/plan-demo.ts";
import { launch } from "./lib/launch.ts";

process.exit(await launch((signal) => planDemo(process.env, signal)));
