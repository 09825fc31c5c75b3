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
});
