import { z } from "zod";
import {
  blockHoursBounds,
  dailyLimitBounds,
  defaultCallBlockingSettings as defaults,
  perBotPerMinuteBounds,
  perCallerPerHourBounds,
  strangersPerDayBounds,
} from "../../domain/call-blocking-settings.ts";
import { normalizePhoneNumber } from "../../domain/phone-number.ts";
import { replyTextProblem } from "../../domain/reply.ts";
import {
  blockTypes,
  defaultActions,
  groupCallActions,
  limitWindows,
  screeningModes,
  videoCallActions,
} from "../../domain/vocabulary.ts";
import { timeZoneSchema } from "../bots/schemas.ts";

/** People whose calls always pass; more than a team has hands. */
const STAFF_NUMBERS_MAX = 200;

const whole = (bounds: { readonly min: number; readonly max: number }) =>
  z.number().int().min(bounds.min).max(bounds.max);

const replyTextSchema = z.string().superRefine((text, refinement) => {
  const problem = replyTextProblem(text);
  if (problem !== null) refinement.addIssue({ code: "custom", message: textProblems[problem] });
});

const textProblems = {
  "too-long": "A reply has at most 1000 characters.",
  blank: "A reply of blanks would be sent as an empty bubble. Write a text, or leave it empty to send none.",
  "control-character": "A reply may hold tabs and line breaks, and no other control characters.",
};

const staffNumberSchema = z
  .string()
  .max(32)
  .refine(
    (text) => normalizePhoneNumber(text).ok,
    "Write the phone number with its country code, for example +34 600 000 000.",
  );

const fields = {
  enabled: z.boolean(),
  mode: z.enum(screeningModes),
  /** null: no limit. Zero is refused, since it could mean "none" and "no limit". */
  dailyLimit: whole(dailyLimitBounds).nullable(),
  limitWindow: z.enum(limitWindows),
  timeZone: timeZoneSchema,
  blockType: z.enum(blockTypes),
  blockHours: whole(blockHoursBounds),
  defaultAction: z.enum(defaultActions),
  groupCalls: z.enum(groupCallActions),
  videoCalls: z.enum(videoCallActions),
  countAnswered: z.boolean(),
  staffNumbers: z.array(staffNumberSchema).max(STAFF_NUMBERS_MAX),
};

const capFields = {
  perCallerPerHour: whole(perCallerPerHourBounds),
  perBotPerMinute: whole(perBotPerMinuteBounds),
  strangersPerDay: whole(strangersPerDayBounds),
};

/** The version the change was made from; a stale one is refused. Without it the change wins over what is there. */
const versionSchema = z.number().int().min(1).optional();

/**
 * The body of a full replacement: omitted fields take their defaults. What GET adds (`repliesSuspended`, `warnings`) is
 * taken and ignored, so that its answer can be sent back.
 */
export const replaceCallBlockingSchema = z.strictObject({
  enabled: fields.enabled.default(defaults.enabled),
  mode: fields.mode.default(defaults.mode),
  dailyLimit: fields.dailyLimit.default(defaults.dailyLimit),
  limitWindow: fields.limitWindow.default(defaults.limitWindow),
  timeZone: fields.timeZone.default(defaults.timeZone),
  blockType: fields.blockType.default(defaults.blockType),
  blockHours: fields.blockHours.default(defaults.blockHours),
  autoReply: z
    .strictObject({ text: replyTextSchema.default(""), groupText: replyTextSchema.default("") })
    .default({ text: "", groupText: "" }),
  defaultAction: fields.defaultAction.default(defaults.defaultAction),
  groupCalls: fields.groupCalls.default(defaults.groupCalls),
  videoCalls: fields.videoCalls.default(defaults.videoCalls),
  countAnswered: fields.countAnswered.default(defaults.countAnswered),
  replyCaps: z
    .strictObject({
      perCallerPerHour: capFields.perCallerPerHour.default(defaults.replyCaps.perCallerPerHour),
      perBotPerMinute: capFields.perBotPerMinute.default(defaults.replyCaps.perBotPerMinute),
      strangersPerDay: capFields.strangersPerDay.default(defaults.replyCaps.strangersPerDay),
    })
    .default(defaults.replyCaps),
  staffNumbers: fields.staffNumbers.default([]),
  version: versionSchema,
  repliesSuspended: z.unknown().optional(),
  warnings: z.unknown().optional(),
});

/** The body of a partial change: only what is given changes, also inside `autoReply` and `replyCaps`. */
export const patchCallBlockingSchema = z
  .strictObject({
    ...fields,
    autoReply: z.strictObject({ text: replyTextSchema, groupText: replyTextSchema }).partial(),
    replyCaps: z.strictObject(capFields).partial(),
  })
  .partial()
  .extend({ version: versionSchema })
  .refine((input) => Object.keys(input).some((key) => key !== "version"), "Give at least one field to change.");

/** Things about valid settings that an admin should be told. */
const settingsWarningSchema = z.object({
  code: z.enum(["many-strangers", "blocks-not-enforced", "nothing-rejected"]),
  message: z.string(),
});

/** The settings as every transport shows them. */
export const callBlockingSchema = z.object({
  enabled: z.boolean(),
  mode: z.enum(screeningModes),
  dailyLimit: z.number().int().nullable(),
  limitWindow: z.enum(limitWindows),
  timeZone: z.string(),
  blockType: z.enum(blockTypes),
  blockHours: z.number().int(),
  autoReply: z.object({ text: z.string(), groupText: z.string() }),
  defaultAction: z.enum(defaultActions),
  groupCalls: z.enum(groupCallActions),
  videoCalls: z.enum(videoCallActions),
  countAnswered: z.boolean(),
  replyCaps: z.object({
    perCallerPerHour: z.number().int(),
    perBotPerMinute: z.number().int(),
    strangersPerDay: z.number().int(),
  }),
  /** E.164 digits. */
  staffNumbers: z.array(z.string()),
  version: z.number().int(),
  /** WhatsApp refused a text: no replies go out until then. null: replies go out. */
  repliesSuspended: z.object({ until: z.string(), reason: z.string() }).nullable(),
  /** There only when there is something to say. */
  warnings: z.array(settingsWarningSchema).optional(),
});

export type ReplaceCallBlockingInput = z.output<typeof replaceCallBlockingSchema>;
export type PatchCallBlockingInput = z.output<typeof patchCallBlockingSchema>;
export type CallBlockingView = z.infer<typeof callBlockingSchema>;
