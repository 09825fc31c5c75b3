import { childNamed, stanza } from "../wire/binary-node.ts";
import { type Answer, ITEM_NOT_FOUND, type Query } from "./query.ts";

/** Namespace `w:g2`: nobody is in any group that can be asked about. */
export function answerGroups({ iq, isSet }: Query): Answer {
  if (isSet) return null;
  return childNamed(iq, "participating") ? [stanza("groups", {}, [])] : ITEM_NOT_FOUND;
}
