import { errorCodes } from "@switchboard/core/domain/vocabulary";
import { ServiceError } from "@switchboard/core/errors";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { describe, expect, it } from "vitest";
import { problemKinds } from "../problems.ts";
import { describeError, toTrpcError } from "./errors.ts";

it.each(errorCodes)("answers %s with the status REST has for it", (code) => {
  const error = toTrpcError(new ServiceError(code, "no"));
  expect(getHTTPStatusCodeFromError(error)).toBe(problemKinds[code].status);
});

it("shows of a refusal what may be shown, and nothing of where it was thrown", () => {
  const details = { errors: [{ path: "name", message: "taken" }], retryAfterSeconds: 7, extra: { holder: "w" } };
  const error = toTrpcError(new ServiceError("lease-held", "Somebody holds it.", details));
  expect(describeError(error, "req_1")).toEqual({
    message: "Somebody holds it.",
    data: {
      code: "lease-held",
      requestId: "req_1",
      errors: [{ path: "name", message: "taken" }],
      extra: { holder: "w", retryAfterSeconds: 7 },
    },
  });
});

describe("what nobody refused on purpose", () => {
  it.each([
    ["an error", new Error("secret 1")],
    [
      "an error inside tRPC's",
      new TRPCError({ code: "INTERNAL_SERVER_ERROR", message: "secret 2", cause: new Error("secret 3") }),
    ],
    ["an error of the database", Object.assign(new Error("secret 4"), { code: "database_query_failed" })],
    ["no error at all", "secret 5"],
  ])("is told in general words: %s", (_name, thrown) => {
    const error = toTrpcError(thrown);
    expect(getHTTPStatusCodeFromError(error)).toBe(500);
    const shown = JSON.stringify(describeError(error, "req_1"));
    expect(shown).toContain('"code":"internal"');
    expect(shown).not.toContain("secret");
  });
});

it("says that the outcome is unknown when the answer to a commit was lost", () => {
  const lost = Object.assign(new Error("x"), { code: "database_unavailable", outcome: "unknown" });
  expect(describeError(toTrpcError(lost), null).message).toContain("outcome of your change is unknown");
});
