import type { PathFault } from "./path-fault.ts";
import { parsePromDuration } from "./prometheus-duration.ts";
import type { DurationMs } from "./time.ts";

export type Path = readonly (string | number)[];

/** Where readers leave what they find. */
export interface Notes {
  readonly faults: PathFault[];
  readonly warnings: PathFault[];
}

/** Reads one value of a parsed document; undefined after a fault. */
export type Field<T> = (value: unknown, path: Path, notes: Notes) => T | undefined;

type Read<F> = F extends Field<infer T> ? T : never;

const MOST_SHOWN = 80;

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "a map";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}

/** Leaves a fault about a value. */
export function wrong(notes: Notes, path: Path, value: unknown, message: string, allowed?: string): undefined {
  notes.faults.push({ path, message, value: shown(value), ...(allowed === undefined ? {} : { allowed }) });
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Text; YAML's bare numbers and booleans count as text where text is meant, as in Go. */
export const text: Field<string> = (value, path, notes) => {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return wrong(notes, path, value, "wrong type or value", "text");
};

export const flag: Field<boolean> = (value, path, notes) =>
  typeof value === "boolean" ? value : wrong(notes, path, value, "wrong type or value", "true or false");

/** A whole number from 0. */
export const count: Field<number> = (value, path, notes) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? value
    : wrong(notes, path, value, "wrong type or value", "integer from 0");

export const duration: Field<DurationMs> = (value, path, notes) => {
  const ms = typeof value === "string" || typeof value === "number" ? parsePromDuration(String(value)) : undefined;
  return ms ?? wrong(notes, path, value, "not a valid duration", "duration such as 15s, 1m30s or 1d");
};

const SIZE_UNITS = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

/** A size such as 512MB (powers of 1024, as upstream counts); 0 is no limit. */
export const size: Field<number> = (value, path, notes) => {
  const written = typeof value === "string" || typeof value === "number" ? String(value) : "";
  if (written === "0") return 0;
  let total = 0;
  let rest = written;
  while (rest !== "") {
    const part = /^(\d+(?:\.\d*)?|\.\d+)([KMGTPE]?)i?B/.exec(rest);
    if (!part) break;
    total += Number(part[1]) * 1024 ** SIZE_UNITS.indexOf(`${part[2]}B`);
    rest = rest.slice(part[0].length);
  }
  if (rest !== "" || written === "" || !Number.isSafeInteger(Math.floor(total)))
    return wrong(notes, path, value, "not a valid size", "size such as 512KB or 10MB");
  return Math.floor(total);
};

export const oneOf =
  <T extends string>(...allowed: readonly T[]): Field<T> =>
  (value, path, notes) =>
    allowed.find((one) => one === value) ?? wrong(notes, path, value, "wrong type or value", allowed.join(", "));

/** A list; faulty items are left out. An item that is null is a fault unless the reader takes it. */
export const list =
  <T>(item: Field<T>): Field<readonly T[]> =>
  (value, path, notes) => {
    if (!Array.isArray(value)) return wrong(notes, path, value, "wrong type or value", "a list");
    return value.flatMap((one: unknown, index) => {
      const read = item(one, [...path, index], notes);
      return read === undefined ? [] : [read];
    });
  };

/** A map from any key. */
export const mapOf =
  <T>(item: Field<T>): Field<Readonly<Record<string, T>>> =>
  (value, path, notes) => {
    if (!isMap(value)) return wrong(notes, path, value, "wrong type or value", "a map");
    const pairs = Object.entries(value).flatMap(([key, one]) => {
      const read = item(one, [...path, key], notes);
      return read === undefined ? [] : [[key, read] as const];
    });
    return Object.fromEntries(pairs);
  };

/**
 * A map with known keys. Other keys are faults; those in `inert` are upstream's too but not acted on here: a warning names each.
 * Null counts as absent, as in Go.
 */
export const fields =
  <S extends Readonly<Record<string, Field<unknown>>>>(
    known: S,
    inert: readonly string[] = [],
  ): Field<{ readonly [K in keyof S]?: Read<S[K]> }> =>
  (value, path, notes) => {
    if (!isMap(value)) return wrong(notes, path, value, "wrong type or value", "a map");
    const read: Record<string, unknown> = {};
    for (const [key, one] of Object.entries(value)) {
      const field = Object.hasOwn(known, key) ? known[key] : undefined;
      const at = [...path, key];
      if (!field && !inert.includes(key))
        notes.faults.push({ path: at, message: `unknown key ${JSON.stringify(key)}`, atKey: true });
      else if (one === null || one === undefined) continue;
      else if (!field)
        notes.warnings.push({ path: at, message: `${key} is known to Prometheus and not acted on here`, atKey: true });
      else {
        const found = field(one, at, notes);
        if (found !== undefined) read[key] = found;
      }
    }
    return read as { readonly [K in keyof S]?: Read<S[K]> };
  };
