import { authStateExamples } from "./auth-state.ts";
import { botExamples } from "./bots.ts";
import { callExamples } from "./calls.ts";
import { at } from "./common.ts";
import { identityExamples } from "./identity.ts";
import { leaseExamples } from "./leases.ts";
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
      {
        kty: "EC",
        crv: "P-256",
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        kid: "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
        alg: "ECDH-ES+A256KW",
        use: "enc",
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
  ...authStateExamples,
  ...leaseExamples,
  ...callExamples,
  ...systemExamples,
};
