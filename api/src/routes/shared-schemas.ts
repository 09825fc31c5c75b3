import { blockedContactSchema } from "@switchboard/core/services/blocks/schemas";
import { commandAcceptedSchema } from "@switchboard/core/services/bots/schemas";
import { signedInSchema } from "@switchboard/core/services/identity/schemas";
import { named } from "../openapi-parts.ts";

/** The answer to setup and to sign-in. */
export const signedIn = named(signedInSchema, "SignedIn");

/** The answer to what a bot's holder is asked to do. */
export const commandAccepted = named(commandAcceptedSchema, "CommandAccepted");

/** A block, past or present. */
export const blockedContact = named(blockedContactSchema, "BlockedContact");
