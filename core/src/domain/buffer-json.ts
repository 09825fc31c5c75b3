/**
 * Says what is wrong with a value that came as JSON; null when nothing is. The words name fields of the form and never what
 * stands in them.
 */
export type Form = (value: unknown) => string | null;

/** A JSON object: no array, not null. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Bytes behind a base64 text with its padding; null for what is none. */
export function base64Length(text: unknown): number | null {
  if (typeof text !== "string" || text.length % 4 !== 0 || !BASE64.test(text)) return null;
  return (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
}

/** Text in base64, as libsignal writes bytes into its own records. */
export const base64Text: Form = (value) => (base64Length(value) === null ? "must be base64" : null);

/**
 * Bytes in the form of Baileys' BufferJSON (src/Utils/generics.ts): `{type: "Buffer", data: base64}` and nothing else, since
 * its reviver takes another form for an object. The bounds are in bytes, both included.
 */
export function bytes(min: number, max: number = Number.POSITIVE_INFINITY): Form {
  return (value) => {
    if (!isObject(value) || value.type !== "Buffer" || Object.keys(value).length !== 2)
      return 'must be bytes: {"type": "Buffer", "data": base64}';
    const length = base64Length(value.data);
    if (length === null) return "must hold its bytes as base64";
    return length < min || length > max ? "must be bytes of another length" : null;
  };
}

/** A whole number that is not negative. */
export const wholeNumber: Form = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? null : "must be a whole number";

/** A text that fits the expression. */
export const text =
  (form: RegExp, words: string): Form =>
  (value) =>
    typeof value === "string" && form.test(value) ? null : `must be ${words}`;

/** null, or nothing at all, or what the form says. */
export const optional =
  (form: Form): Form =>
  (value) =>
    value === undefined || value === null ? null : form(value);

/** One of two forms. */
export const either =
  (first: Form, second: Form): Form =>
  (value) =>
    first(value) === null ? null : second(value);

/** An object with these fields; others may stand beside them, since Baileys adds some. */
export function fields(forms: Readonly<Record<string, Form>>): Form {
  const entries = Object.entries(forms);
  return (value) => {
    if (!isObject(value)) return "must be an object";
    for (const [name, form] of entries) {
      const defect = form(Object.hasOwn(value, name) ? value[name] : undefined);
      if (defect !== null) return inside(name, defect);
    }
    return null;
  };
}

/** An object whose names are free and whose values are all of one form. */
export const valuesOf =
  (form: Form): Form =>
  (value) => {
    if (!isObject(value)) return "must be an object";
    for (const item of Object.values(value)) {
      const defect = form(item);
      if (defect !== null) return inside("*", defect);
    }
    return null;
  };

/** An array whose items are all of one form. */
export const listOf =
  (form: Form): Form =>
  (value) => {
    if (!Array.isArray(value)) return "must be a list";
    for (const item of value) {
      const defect = form(item);
      if (defect !== null) return inside("*", defect);
    }
    return null;
  };

/** `must be bytes` of a field reads `field must be bytes`; fields of fields are joined by dots. */
function inside(name: string, defect: string): string {
  return defect.startsWith("must ") ? `${name} ${defect}` : `${name}.${defect}`;
}

/** Deepest known: a message key inside a chain of a session, six levels. */
const DEPTH_MAX = 16;

/** What no stored value may hold, whatever its form: nesting beyond 16 levels, and a name that would replace a prototype. */
export function findUnsafePart(value: unknown, depth = 0): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (depth === DEPTH_MAX) return `is nested deeper than ${DEPTH_MAX} levels`;
  if (Object.hasOwn(value, "__proto__")) return "holds a name that is not allowed";
  for (const part of Object.values(value)) {
    const defect = findUnsafePart(part, depth + 1);
    if (defect !== null) return defect;
  }
  return null;
}
