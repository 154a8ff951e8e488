import type { Fault } from "../../kernel/errors.ts";

/** Where readers leave what they find. */
export interface Notes {
  readonly faults: Fault[];
}

/** A map whose keys are read in any of the ways people write them: restart_policy, restart-policy, restartPolicy, RestartPolicy. */
export type Fields = ReadonlyMap<string, { readonly key: string; readonly value: unknown }>;

const MOST_SHOWN = 60;

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Leaves a fault; `value` is shown shortened, and not at all where it may be a secret. */
export function fault(notes: Notes, path: string, message: string, allowed: string, value?: unknown): undefined {
  const text = value === undefined ? undefined : (JSON.stringify(value) ?? String(value));
  const shown = text !== undefined && text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
  notes.faults.push({ path, message, allowed, ...(shown === undefined ? {} : { value: shown }) });
}

const plain = (key: string): string => key.replace(/[_-]/g, "").toLowerCase();

/** The fields of a map; null counts as absent. A key that is not known is a fault, so that a slip is not silently without effect. */
export function fieldsOf(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: string,
  notes: Notes,
): Fields {
  const names = new Set(known.map(plain));
  const found = new Map<string, { key: string; value: unknown }>();
  for (const [key, one] of Object.entries(value)) {
    const name = plain(key);
    if (!names.has(name)) fault(notes, at(path, key), "unknown key", known.join(", "));
    else if (one !== null && one !== undefined) found.set(name, { key, value: one });
  }
  return found;
}

/** The first of several names of one field that is given. */
export function pick(
  fields: Fields,
  ...names: readonly string[]
): { readonly key: string; readonly value: unknown } | undefined {
  for (const name of names) {
    const found = fields.get(plain(name));
    if (found) return found;
  }
  return undefined;
}

/** Path of a member: "release.ports.0". */
export const at = (path: string, key: string | number): string => (path === "" ? String(key) : `${path}.${key}`);

/** A text or number as text, anything else as JSON: it is never asked for a text of its own. */
export const textOf = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");

/** A whole number from text or number; undefined for anything else. */
export function whole(value: unknown): number | undefined {
  const read = typeof value === "string" && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  return typeof read === "number" && Number.isSafeInteger(read) && read >= 0 ? read : undefined;
}
