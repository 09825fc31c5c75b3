import { createApiKey } from "@switchboard/core/services/identity/api-keys/create-api-key";
import { getApiKey } from "@switchboard/core/services/identity/api-keys/get-api-key";
import { listApiKeys } from "@switchboard/core/services/identity/api-keys/list-api-keys";
import { revokeApiKey } from "@switchboard/core/services/identity/api-keys/revoke-api-key";
import { rotateApiKey } from "@switchboard/core/services/identity/api-keys/rotate-api-key";
import {
  createApiKeySchema,
  listApiKeysSchema,
  rotateApiKeySchema,
  updateApiKeySchema,
} from "@switchboard/core/services/identity/api-keys/schemas";
import { updateApiKey } from "@switchboard/core/services/identity/api-keys/update-api-key";
import { challengeRecipient } from "@switchboard/core/services/sessions/challenge-recipient";
import { challengeRecipientSchema, setRecipientSchema } from "@switchboard/core/services/sessions/recipient-schemas";
import { getRecipient } from "@switchboard/core/services/sessions/recipients";
import { removeRecipient } from "@switchboard/core/services/sessions/remove-recipient";
import { setRecipient } from "@switchboard/core/services/sessions/set-recipient";
import { z } from "zod";
import { procedure, router } from "../init.ts";
import { idSchema } from "../inputs.ts";

const keyInput = z.strictObject({ keyId: idSchema });

/** API keys of microservices; for admins. */
export const keysRouter = router({
  list: procedure.input(listApiKeysSchema.prefault({})).query(({ ctx, input }) => listApiKeys(ctx.service, input)),
  get: procedure.input(keyInput).query(({ ctx, input }) => getApiKey(ctx.service, input)),
  /** `secret` is shown here and never again. */
  create: procedure.input(createApiKeySchema).mutation(({ ctx, input }) => createApiKey(ctx.service, input)),
  /** Renames, disables, enables or limits a key. */
  update: procedure
    .input(keyInput.extend({ changes: updateApiKeySchema }))
    .mutation(({ ctx, input }) => updateApiKey(ctx.service, { keyId: input.keyId, ...input.changes })),
  /** Makes the successor of a key; `secret` is shown here and never again. */
  rotate: procedure
    .input(keyInput.extend(rotateApiKeySchema.shape))
    .mutation(({ ctx, input }) => rotateApiKey(ctx.service, input)),
  revoke: procedure.input(keyInput).mutation(({ ctx, input }) => revokeApiKey(ctx.service, input)),
  /** What answers to a key are sealed to. */
  recipient: router({
    get: procedure.input(keyInput).query(({ ctx, input }) => getRecipient(ctx.service, input)),
    challenge: procedure
      .input(keyInput.extend(challengeRecipientSchema.shape))
      .mutation(({ ctx, input }) => challengeRecipient(ctx.service, input)),
    set: procedure
      .input(keyInput.extend(setRecipientSchema.shape))
      .mutation(({ ctx, input }) => setRecipient(ctx.service, input)),
    remove: procedure.input(keyInput).mutation(({ ctx, input }) => removeRecipient(ctx.service, input)),
  }),
});
