import type { Notes, Path } from "../../kernel/fields.ts";
import { isWritten } from "../../kernel/written.ts";

/** How a value is printed: a scalar, a list, or a map with its order. `flow` is yaml.v2's style for one field (`[a, b]`). */
export type Shown = string | number | boolean | null | readonly Shown[] | ShownMap;

export interface ShownMap {
  readonly entries: readonly { readonly key: string; readonly value: Shown; readonly flow?: boolean }[];
}

/** A type of upstream's configuration: how it is read from a document, printed, and handed on. */
export interface Kind<T> {
  /** Go's zero value: what null means, and what is there without a default. */
  readonly zero: T;
  /** Reads a value that is not null; leaves a fault and answers `before` where it is wrong. */
  decode(value: unknown, path: Path, notes: Notes, before: T): T;
  /** Whether `omitempty` leaves it out. */
  empty(value: T): boolean;
  show(value: T): Shown;
  /** As settings have it: plain JSON, durations in milliseconds. Undefined: left out. */
  plain(value: T): unknown;
  /** What `plain` gave, without secrets. */
  hide(plain: unknown): unknown;
}

export type ValueOf<K> = K extends Kind<infer T> ? T : never;

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isWritten(value);

const MOST_SHOWN = 80;

/** A value beside a fault; of maps and lists only the outline. */
export function outline(value: unknown): string {
  if (isWritten(value)) return value.source;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "a map";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}

/** Leaves a fault; without `value` where it may be a secret. */
export function fault(
  notes: Notes,
  path: Path,
  message: string,
  extra: { value?: unknown; allowed?: string } = {},
): void {
  notes.faults.push({
    path,
    message,
    ...("value" in extra ? { value: outline(extra.value) } : {}),
    ...(extra.allowed === undefined ? {} : { allowed: extra.allowed }),
  });
}

/** Reads a value or, for null, the zero value. */
export const decodeInto = <T>(kind: Kind<T>, value: unknown, path: Path, notes: Notes, before: T): T =>
  value === null || value === undefined ? kind.zero : kind.decode(value, path, notes, before);

/** A scalar's text as Go takes it: as it is written. Undefined for maps and lists. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (isWritten(value)) return value.source;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A bare scalar's value; a text in quotes is itself. */
export const scalarOf = (value: unknown): unknown => (isWritten(value) ? value.value : value);
