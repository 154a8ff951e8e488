import type { DurationMs } from "../kernel/time.ts";
import { parsePromDuration } from "./duration.ts";
import type { PathFault } from "./path-fault.ts";

type Path = readonly (string | number)[];
type Row = Readonly<Record<string, unknown>>;

const LONGEST_SHOWN = 60;

/** A value as a fault shows it: short, on one line. */
export function shownValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text;
}

/**
 * Reads the fields of a file that Prometheus decodes strictly: unknown fields are faults, every scalar may stand where a text is
 * wanted (`severity: 1` is "1"), nothing at all is the same as an absent field. All faults are kept; a wrong field reads as absent.
 */
export interface FieldReader {
  readonly faults: PathFault[];
  readonly warnings: PathFault[];
  /** A map with no other fields than these; undefined (and a fault) where it is none. */
  map(path: Path, value: unknown, fields: readonly string[]): Row | undefined;
  list(path: Path, value: unknown): readonly unknown[];
  text(path: Path, value: unknown): string | undefined;
  duration(path: Path, value: unknown): DurationMs | undefined;
  integer(path: Path, value: unknown): number | undefined;
  /** A map of texts, names unchecked. */
  texts(path: Path, value: unknown): Readonly<Record<string, string>>;
}

const isMap = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);
const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

export function fieldReader(): FieldReader {
  const faults: PathFault[] = [];
  const refuse = (path: Path, value: unknown, message: string, allowed: string): undefined => {
    faults.push({ path, message, value: shownValue(value), allowed });
    return undefined;
  };
  const text = (path: Path, value: unknown): string | undefined => {
    if (isNothing(value)) return undefined;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return refuse(path, value, "is no text", "a text");
  };
  return {
    faults,
    warnings: [],
    text,
    map: (path, value, fields) => {
      if (isNothing(value)) return {};
      if (!isMap(value)) return refuse(path, value, "is no map", `a map with ${fields.join(", ")}`);
      for (const name of Object.keys(value)) {
        if (fields.includes(name)) continue;
        faults.push({
          path: [...path, name],
          atKey: true,
          message: `unknown field ${shownValue(name)}`,
          allowed: fields.join(", "),
        });
      }
      return value;
    },
    list: (path, value) => {
      if (isNothing(value)) return [];
      return Array.isArray(value) ? value : (refuse(path, value, "is no list", "a list") ?? []);
    },
    duration: (path, value) => {
      const written = text(path, value);
      if (written === undefined) return undefined;
      return (
        parsePromDuration(written) ?? refuse(path, value, "is no duration", 'a duration such as "30s", "5m" or "1h30m"')
      );
    },
    integer: (path, value) => {
      if (isNothing(value)) return undefined;
      return Number.isSafeInteger(value) ? (value as number) : refuse(path, value, "is no integer", "an integer");
    },
    texts: (path, value) => {
      if (isNothing(value)) return {};
      if (!isMap(value)) return refuse(path, value, "is no map", "a map of names to texts") ?? {};
      return Object.fromEntries(
        Object.entries(value).flatMap(([name, one]) => {
          const read = isNothing(one) ? "" : text([...path, name], one);
          return read === undefined ? [] : [[name, read]];
        }),
      );
    },
  };
}
