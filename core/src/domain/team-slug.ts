const SLUG_LENGTH_MAX = 40;

/** A name as a part of an address: small Latin letters, digits and single dashes; `team` where none of these are left. */
export function toSlug(name: string): string {
  const latin = name.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
  const dashed = latin.replace(/[^a-z0-9]+/g, "-").slice(0, SLUG_LENGTH_MAX);
  return dashed.replace(/^-+|-+$/g, "") || "team";
}
