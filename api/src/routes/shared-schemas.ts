import { blockedContactSchema } from "@switchboard/core/services/blocks/schemas";
import { commandAcceptedSchema } from "@switchboard/core/services/bots/schemas";
import { signedInSchema } from "@switchboard/core/services/identity/schemas";
import { endedCredentialsSchema } from "@switchboard/core/services/identity/sign-ins/schemas";
import { named } from "../openapi-parts.ts";

/** The answer to setup and to sign-in. */
export const signedIn = named(signedInSchema, "SignedIn");

/** The answer to what a bot's holder is asked to do. */
export const commandAccepted = named(commandAcceptedSchema, "CommandAccepted");

/** A block, past or present. */
export const blockedContact = named(blockedContactSchema, "BlockedContact");

/** What a change of password or a sign-out everywhere ended. */
export const endedCredentials = named(endedCredentialsSchema, "EndedCredentials");
