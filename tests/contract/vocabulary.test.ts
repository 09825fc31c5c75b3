import * as vocabulary from "@switchboard/core/domain/vocabulary";
import { createTestDatabase } from "@switchboard/db/testing";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Where each closed list of the schema is checked, by the name of its CHECK. */
const checks: Readonly<Record<string, readonly string[]>> = {
  bots_desired_state_list: vocabulary.botDesiredStates,
  bots_state_list: vocabulary.botStates,
  bot_pairings_method_list: vocabulary.pairingMethods,
  bot_pairings_state_list: vocabulary.pairingStates,
  bot_pairings_reason_list: vocabulary.pairingFailureReasons,
  custody_state_list: vocabulary.custodyStates,
  custody_holder_kind_list: vocabulary.holderKinds,
  commands_kind_list: vocabulary.commandKinds,
  commands_state_list: vocabulary.commandStates,
  whatsapp_calls_kind_list: vocabulary.callKinds,
  whatsapp_calls_outcome_list: vocabulary.callOutcomes,
  whatsapp_calls_reason_list: vocabulary.callReasons,
  whatsapp_calls_ended_list: vocabulary.callEndings,
  whatsapp_calls_end_sign_list: vocabulary.callEndings,
  early_call_ends_sign_list: vocabulary.callEndings,
  whatsapp_calls_reject_list: vocabulary.rejectStatuses,
  whatsapp_calls_reply_list: vocabulary.replyStatuses,
  blocked_contacts_type_list: vocabulary.blockTypes,
  blocked_contacts_origin_list: vocabulary.blockOrigins,
  blocked_contacts_end_list: vocabulary.blockEndReasons,
  call_blocking_mode_list: vocabulary.screeningModes,
  call_blocking_window_list: vocabulary.limitWindows,
  call_blocking_block_type_list: vocabulary.blockTypes,
  call_blocking_default_list: vocabulary.defaultActions,
  call_blocking_group_list: vocabulary.groupCallActions,
  call_blocking_video_list: vocabulary.videoCallActions,
  team_members_role: vocabulary.roles,
  one_time_codes_kind_list: vocabulary.oneTimeCodeKinds,
  one_time_codes_role_list: vocabulary.roles,
  audit_actor_list: vocabulary.actorKinds,
  audit_outcome_list: vocabulary.auditOutcomes,
};

describe("closed lists", () => {
  let fixture: Awaited<ReturnType<typeof createTestDatabase>>;
  let tables = "";

  beforeAll(async () => {
    fixture = await createTestDatabase();
    const rows = await fixture.database.reader.all<{ sql: string | null }>(sql`select sql from sqlite_master`);
    tables = rows.map((row) => row.sql ?? "").join("\n");
  });
  afterAll(() => fixture.dispose());

  it.each(Object.entries(checks))("the CHECK %s holds exactly the vocabulary's values", (name, values) => {
    const match = new RegExp(`CONSTRAINT "${name}" CHECK\\([^(]+ in \\(([^)]*)\\)`, "i").exec(tables);
    const allowed = (match?.[1] ?? "").split(",").map((value) => value.trim().replaceAll("'", ""));
    expect(allowed.toSorted()).toEqual([...values].toSorted());
  });

  it("covers every CHECK over a list, but those whose values no transport shows", () => {
    const found = [...tables.matchAll(/CONSTRAINT "(\w+)" CHECK\([^(]+ in \(/gi)].map((match) => match[1]);
    const internal = ["wrapped_secrets_purpose_list", "session_tokens_subject_list"];
    expect(found.toSorted()).toEqual([...Object.keys(checks), ...internal].toSorted());
  });
});
