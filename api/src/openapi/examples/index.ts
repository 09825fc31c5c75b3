import { botExamples } from "./bots.ts";
import { callExamples } from "./calls.ts";
import { at } from "./common.ts";
import { identityExamples } from "./identity.ts";
import { peopleExamples } from "./people.ts";

const systemExamples = {
  SystemHealth: {
    status: "ok",
    version: "0.1.0",
    database: { status: "ok" },
    workers: [{ id: "worker-1", state: "up", lastSeenAt: at.noon }],
  },
  Jwks: {
    keys: [
      {
        kty: "OKP",
        crv: "Ed25519",
        x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        kid: "1EGT79TbyZAE3ukBmtu3jCPlZyKO-MhCeuekRh3F2bg",
        alg: "EdDSA",
        use: "sig",
      },
    ],
  },
  CleanupResult: { expired: 2, purged: 0, tookMs: 39 },
};

/** What a successful call answers, by the name of the answer's schema. Each has one; a test holds it against the schema. */
export const answerExamples: Readonly<Record<string, unknown>> = {
  ...identityExamples,
  ...peopleExamples,
  ...botExamples,
  ...callExamples,
  ...systemExamples,
};
