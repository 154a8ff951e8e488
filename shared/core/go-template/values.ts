import { goFloat } from "./go-float.ts";
import { type GoZone, timeText } from "./go-time.ts";

/** How a value of a named type prints itself (Go's fmt.Stringer); absent: as its parts. */
export type Stringer = (self: Value) => string;

/** A slice. */
export interface ListValue {
  readonly kind: "list";
  /** Go's name of the type: `[]string`, `template.Alerts`. */
  readonly type: string;
  /** Go's name of the elements' type. */
  readonly of: string;
  readonly items: readonly Value[];
  /** Never made: JSON has null for it. */
  readonly nil?: true;
  readonly stringer?: Stringer;
}

/** A map with keys that are texts. */
export interface MapValue {
  readonly kind: "map";
  /** Go's name of the type: `map[string]string`, `template.KV`. */
  readonly type: string;
  /** A missing key is "" or nothing. */
  readonly of: "string" | "any";
  readonly entries: ReadonlyMap<string, Value>;
  readonly nil?: true;
  readonly stringer?: Stringer;
}

export interface StructValue {
  readonly kind: "struct";
  /** Go's name of the type without the asterisk of a pointer. */
  readonly type: string;
  readonly pointer?: true;
  readonly fields: ReadonlyMap<string, Value>;
  /** Fields that templates do not see and fmt prints. */
  readonly hidden?: readonly Value[];
  /** Names of fields in JSON where they differ. */
  readonly json?: Readonly<Record<string, string>>;
}

export interface TimeValue {
  readonly kind: "time";
  /** Since 1970-01-01T00:00:00Z. */
  readonly nanos: bigint;
  readonly zone: GoZone;
  readonly pointer?: true;
}

export interface DurationValue {
  readonly kind: "duration";
  readonly nanos: bigint;
}

/** A text or a whole number with a type of its own: template.HTML, time.Month. */
export interface NamedValue {
  readonly kind: "named";
  readonly type: string;
  readonly value: string | bigint;
  readonly stringer?: Stringer;
}

/** Go's values that a template can hold: int is bigint, float64 is number, and the two do not mix. null is Go's nil. */
export type Value =
  | null
  | boolean
  | string
  | bigint
  | number
  | ListValue
  | MapValue
  | StructValue
  | TimeValue
  | DurationValue
  | NamedValue;

export const textMap = (texts: Readonly<Record<string, string>>): MapValue => ({
  kind: "map",
  type: "map[string]string",
  of: "string",
  entries: new Map(Object.entries(texts)),
});

export const textList = (items: readonly string[], type = "[]string"): ListValue => ({
  kind: "list",
  type,
  of: "string",
  items,
});

export const anyList = (items: readonly Value[]): ListValue => ({
  kind: "list",
  type: "[]interface {}",
  of: "interface {}",
  items,
});

/** Name of the Go type, as its messages and %T have it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "bigint":
      return "int";
    case "number":
      return "float64";
  }
  if (value === null) return "<nil>";
  switch (value.kind) {
    case "time":
      return value.pointer ? "*time.Time" : "time.Time";
    case "duration":
      return "time.Duration";
    case "struct":
      return `${value.pointer ? "*" : ""}${value.type}`;
    default:
      return value.type;
  }
}

/** A value of a type of its own as the plain text or number it is underneath. */
export function plainOf(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value.kind === "named") return value.value;
  return value.kind === "duration" ? value.nanos : value;
}

/** What a pointer points at. */
export function followed(value: Value): Value {
  if (typeof value !== "object" || value?.kind !== "struct" || !value.pointer) return value;
  const { pointer: _, ...rest } = value;
  return rest;
}

/** Go's truth: zero, "", nothing and empty are false; a struct is always true. */
export function isTrue(value: Value): boolean {
  const plain = plainOf(value);
  if (plain === null) return false;
  if (typeof plain === "number") return plain !== 0;
  if (typeof plain !== "object") return Boolean(plain);
  if (plain.kind === "map") return plain.entries.size > 0;
  return plain.kind === "list" ? plain.items.length > 0 : true;
}

/** UTF-16 order differs from Go's order of bytes where characters above U+FFFF meet those right below. */
export function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one === other) continue;
    const [high, low] = [one >= 0xd800 && one < 0xe000, other >= 0xd800 && other < 0xe000];
    return high === low ? one - other : high ? 1 : -1;
  }
  return a.length - b.length;
}

export const sortedKeys = (map: MapValue): readonly string[] => [...map.entries.keys()].sort(byBytes);

/** What a named type says of itself; undefined: it is printed by its parts. */
export function stringOf(value: Value): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (value.kind === "time") return timeText(value);
  if (value.kind === "duration") return durationText(value.nanos);
  return value.kind === "struct" ? undefined : value.stringer?.(value);
}

/** As Go's fmt prints a value with %v. */
export function valueText(value: Value, top = true): string {
  if (value === null) return "<nil>";
  if (typeof value === "number") return goFloat(value, "g");
  if (typeof value !== "object") return String(value);
  const own = stringOf(value);
  if (own !== undefined) return own;
  switch (value.kind) {
    case "map":
      return `map[${sortedKeys(value)
        .map((key) => `${key}:${valueText(value.entries.get(key) ?? null, false)}`)
        .join(" ")}]`;
    case "list":
      return `[${value.items.map((item) => valueText(item, false)).join(" ")}]`;
    case "struct": {
      const parts = [...value.fields.values(), ...(value.hidden ?? [])];
      // An action prints what a pointer points at; only a pointer within another value shows that it is one.
      return `${value.pointer && !top ? "&" : ""}{${parts.map((part) => valueText(part, false)).join(" ")}}`;
    }
    case "named":
      return String(value.value);
    default:
      return "";
  }
}

/** time.Duration's String: "1h30m0s", "1.5s", "250ms", "10µs". */
export function durationText(nanos: bigint): string {
  if (nanos === 0n) return "0s";
  if (nanos < 0n) return `-${durationText(-nanos)}`;
  const fraction = (unit: bigint) => {
    const digits = String(nanos % unit).padStart(String(unit).length - 1, "0");
    return digits.replace(/0+$/, "").replace(/^(?=.)/, ".");
  };
  if (nanos < 1000n) return `${nanos}ns`;
  if (nanos < 1_000_000n) return `${nanos / 1000n}${fraction(1000n)}µs`;
  if (nanos < 1_000_000_000n) return `${nanos / 1_000_000n}${fraction(1_000_000n)}ms`;
  const whole = nanos / 1_000_000_000n;
  const [hours, minutes] = [whole / 3600n, (whole / 60n) % 60n];
  const rest = `${whole % 60n}${fraction(1_000_000_000n)}s`;
  return hours > 0n ? `${hours}h${minutes}m${rest}` : minutes > 0n ? `${minutes}m${rest}` : rest;
}
