/** In a documented object it stands for members that are not shown, in a documented text for the rest of it. */
const MORE = "...";

/**
 * Where a value differs from the form a document shows: other members, other types, or another truth value. Numbers and
 * texts may differ; null stands only for null. A documented list shows what all its entries look like and is not empty.
 */
export function findDifferences(shown: unknown, actual: unknown, path = "answer"): string[] {
  if (Array.isArray(shown)) return differencesOfLists(shown, actual, path);
  if (isObject(shown)) return differencesOfObjects(shown, actual, path);
  if (typeof shown === "boolean" || shown === null) return shown === actual ? [] : [`${path} is not ${shown}`];
  return typeof shown === typeof actual ? [] : [`${path} is no ${typeof shown}`];
}

function differencesOfLists(shown: readonly unknown[], actual: unknown, path: string): string[] {
  if (!Array.isArray(actual)) return [`${path} is no list`];
  if (shown.length === 0) return actual.length === 0 ? [] : [`${path} is not empty`];
  if (actual.length === 0) return [`${path} is empty`];
  return actual.flatMap((entry, place) => findDifferences(shown[0], entry, `${path}[${place}]`));
}

function differencesOfObjects(shown: Record<string, unknown>, actual: unknown, path: string): string[] {
  if (!isObject(actual)) return [`${path} is no object`];
  const names = Object.keys(shown).filter((name) => name !== MORE);
  const strange = MORE in shown ? [] : Object.keys(actual).filter((name) => !names.includes(name));
  return [
    ...strange.map((name) => `${path}.${name} is not shown`),
    ...names.flatMap((name) =>
      name in actual ? findDifferences(shown[name], actual[name], `${path}.${name}`) : [`${path}.${name} is missing`],
    ),
  ];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
