import type { Settings } from "./parse-settings.ts";
import { type SettingField, type SettingName, settingFields } from "./setting-fields.ts";

/** One setting as it is shown to people. */
export interface SettingView {
  readonly name: string;
  readonly about: string;
  readonly isSecret: boolean;
  /** As it would be written in the environment; null when it has no value, and always null for a secret. */
  readonly value: string | null;
  readonly isSet: boolean;
  /** true: the value is the one it has when the environment says nothing. */
  readonly isDefault: boolean;
}

/** Every setting with its value, sorted as the registry is. Secrets say only whether they are set. */
export function describeSettings(settings: Settings): readonly SettingView[] {
  return Object.entries<SettingField>(settingFields).map(([name, field]) => {
    const value = writeValue(settings[name as SettingName]);
    const isSecret = field.isSecret === true;
    return {
      name,
      about: field.about,
      isSecret,
      value: isSecret || value === null ? null : withoutCredentials(value),
      isSet: value !== null && value !== "",
      isDefault: value === writeValue(field.schema.safeParse(undefined).data),
    };
  });
}

function writeValue(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? "1" : "0";
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** Addresses of databases may carry a user, a password or a token. */
function withoutCredentials(value: string): string {
  if (!/^[a-z]+:\/\//i.test(value)) return value;
  const url = URL.parse(value);
  if (!url || (url.username === "" && url.password === "" && url.search === "")) return value;
  url.username = "";
  url.password = "";
  url.search = "";
  return url.href;
}
