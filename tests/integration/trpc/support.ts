import type { Actor, ServiceContext } from "@switchboard/core/context";
import type { Role } from "@switchboard/core/domain/vocabulary";
import { authenticateCredential } from "@switchboard/core/services/identity/authenticate";
import { addPersonalToken } from "@switchboard/core/services/identity/internal";
import { addPerson, addTeam } from "@switchboard/core/testing/factories";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import type { TeamId } from "@switchboard/db/schema";
import type { TrpcDeps } from "../../../api/src/trpc/deps.ts";
import { createTrpcHandler } from "../../../api/src/trpc/handler.ts";
import {
  type ClientFailure,
  createSwitchboardClient,
  describeFailure,
  type SwitchboardClient,
} from "../../../sdk/client/src/index.ts";

type Person = Extract<Actor, { kind: "user" }>;

/** Someone who is signed in with a personal access token. */
export interface SignedIn {
  readonly person: Person;
  readonly token: string;
  readonly client: SwitchboardClient;
}

/** The tRPC api over a temporary database, called as clients call it, without a socket between. */
export interface TrpcTest {
  readonly test: TestContext;
  readonly handle: (request: Request) => Promise<Response>;
  /** A client with this credential; null: without one. */
  clientOf(token: string | null): SwitchboardClient;
  /** A new team and its first person. */
  addTeam(role?: Role): Promise<SignedIn>;
  /** One more person in a team. */
  addPerson(teamId: TeamId, role: Role): Promise<SignedIn>;
  dispose(): Promise<void>;
}

/** Call once per suite, and `dispose` at its end. */
export async function createTrpcTest(deps: TrpcDeps = {}): Promise<TrpcTest> {
  const test = await createTestContext();
  const handle = createTrpcHandler((request) => contextOf(test, request), deps);
  const clientOf = (token: string | null) =>
    createSwitchboardClient({
      url: "http://api.test",
      token,
      fetch: (input, init) => handle(new Request(input, init)),
    });
  const signIn = async (person: Person): Promise<SignedIn> => {
    const token = await issueToken(test, person);
    return { person, token, client: clientOf(token) };
  };
  return {
    test,
    handle,
    clientOf,
    addTeam: async (role = "owner") => signIn(await addTeam(test, role)),
    addPerson: async (teamId, role) => signIn(await addPerson(test, teamId, role)),
    dispose: () => test.dispose(),
  };
}

/** The context of a request as the api makes it: the credential decides the actor. */
async function contextOf(test: TestContext, request: Request): Promise<ServiceContext> {
  const changes = { request: { id: "req_test", address: "203.0.113.9", userAgent: "test" } };
  const anonymous = test.as({ kind: "anonymous" }, changes);
  const credential = request.headers.get("authorization")?.replace(/^Bearer /, "");
  return credential ? test.as(await authenticateCredential(anonymous, credential), changes) : anonymous;
}

/** A personal access token of a person. */
export async function issueToken(test: TestContext, person: Person): Promise<string> {
  const issued = await test.db.write((tx) => addPersonalToken(tx, test.as(person), person, "test"));
  return issued.token;
}

/** How a call failed. @throws Error when it did not */
export async function failureOf(call: Promise<unknown>): Promise<ClientFailure | null> {
  try {
    await call;
  } catch (err) {
    return describeFailure(err);
  }
  throw new Error("the call succeeded");
}

/** The code a call was refused with; null when it failed in another way. */
export async function refusalOf(call: Promise<unknown>): Promise<string | null> {
  const failure = await failureOf(call);
  return failure?.kind === "refused" ? failure.code : null;
}
