import { signedInSchema } from "@switchboard/core/services/identity/schemas";
import { named } from "../openapi-parts.ts";

/** The answer to setup and to sign-in. */
export const signedIn = named(signedInSchema, "SignedIn");
