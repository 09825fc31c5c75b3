import type { AppStateCollections } from "../accounts/app-state.ts";
import { childNamed, childrenNamed, contentBytes, type Stanza, stanza } from "../wire/binary-node.ts";
import type { Answer, Query } from "./query.ts";

/** Namespace `w:sync:app:state`: gives the patches a client lacks and takes the patches it makes. */
export function answerAppState({ device, iq }: Query): Answer {
  const collections = childrenNamed(childNamed(iq, "sync"), "collection").map((wanted) =>
    answerCollection(device.account.appState, wanted),
  );
  return [stanza("sync", {}, collections)];
}

function answerCollection(appState: AppStateCollections, wanted: Stanza): Stanza {
  const name = wanted.attrs.name ?? "";
  const version = Number(wanted.attrs.version ?? "0");
  const made = contentBytes(childNamed(wanted, "patch"));
  if (made !== null) {
    if (version !== appState.version(name)) return stanza("collection", { name, type: "error" }, conflict());
    return stanza("collection", { name, version: String(appState.append(name, made)) });
  }
  const patches = appState.since(name, version).map((patch) => stanza("patch", {}, patch));
  // Clients number a patch without a version by the attribute plus one.
  const attributes = { name, version: String(version), has_more_patches: "false" };
  return stanza("collection", attributes, patches.length === 0 ? undefined : [stanza("patches", {}, patches)]);
}

function conflict(): Stanza[] {
  return [stanza("error", { code: "409", text: "conflict" })];
}
