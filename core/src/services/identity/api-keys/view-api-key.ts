import type { Reader } from "@switchboard/db/types";
import { findRecipient } from "../../sessions/recipients.ts";
import { type ApiKeyRow, toApiKeyView } from "./internal.ts";
import type { ApiKeyView } from "./schemas.ts";

/** A stored key as it is shown, with what is registered for it. Nobody is authorised here: the caller did that. */
export async function viewApiKey(reader: Reader, row: ApiKeyRow, nowMs: number): Promise<ApiKeyView> {
  const recipient = await findRecipient(reader, row.id);
  return toApiKeyView(row, recipient?.id ?? null, nowMs);
}
