type Settings = { readonly [name: string]: unknown };

/** A text of the settings; "" where there is none. Numbers and booleans, which YAML makes of 1 and true, as texts. */
export function textOf(settings: Settings, name: string): string {
  const value = settings[name];
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" ? String(value) : "";
}

export const flagOf = (settings: Settings, name: string): boolean => settings[name] === true;

/** A number; 0 where there is none. */
export const numberOf = (settings: Settings, name: string): number => {
  const value = settings[name];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
};

const isMap = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A map; {} where there is none. */
export const mapOf = (settings: Settings, name: string): Settings => {
  const value = settings[name];
  return isMap(value) ? value : {};
};

/** The maps of a list. */
export const mapsOf = (settings: Settings, name: string): readonly Settings[] => {
  const value = settings[name];
  return Array.isArray(value) ? value.filter(isMap) : [];
};

/** The texts of a list. */
export const textsOf = (settings: Settings, name: string): readonly string[] => {
  const value = settings[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
};
