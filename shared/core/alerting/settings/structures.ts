import type { Notes, Path } from "../../kernel/fields.ts";
import { setLabel } from "../../kernel/labels.ts";
import { isWritten, unwritten } from "../../kernel/written.ts";
import { decodeInto, fault, isMap, type Kind, type Shown, type ShownMap, type ValueOf } from "./kind.ts";
import { naturalOrder } from "./natural-order.ts";

/** A field of a struct. */
export interface FieldOf<T> {
  readonly kind: Kind<T>;
  /** `omitempty`. */
  readonly omit: boolean;
  readonly default?: T;
  /** Printed in flow style. */
  readonly flow?: boolean;
}

/** A field that is left out where it is empty, with its default. */
export const optional = <T>(kind: Kind<T>, byDefault?: T): FieldOf<T> => ({
  kind,
  omit: true,
  ...(byDefault === undefined ? {} : { default: byDefault }),
});

/** A field that is always printed. */
export const kept = <T>(kind: Kind<T>, byDefault?: T): FieldOf<T> => ({ ...optional(kind, byDefault), omit: false });

/** A field left out where it is empty and otherwise printed in flow style. */
export const inFlow = <T>(kind: Kind<T>): FieldOf<T> => ({ ...optional(kind), flow: true });

// biome-ignore lint/suspicious/noExplicitAny: a struct's fields are of any kinds; each is typed where it is named
export type Fields = Readonly<Record<string, FieldOf<any>>>;
export type StructOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]["kind"]> };

/** A fault that a struct finds in itself: upstream's words, and the key that it is told of. */
export interface StructFault {
  readonly message: string;
  readonly key?: string;
}

export interface StructOptions<F extends Fields> {
  /** It starts from its defaults whatever was there before, as types with an UnmarshalYAML of their own do. */
  readonly fresh?: boolean;
  readonly check?: (value: StructOf<F>, given: Readonly<Record<string, unknown>>) => StructFault | string | undefined;
  readonly complete?: (value: StructOf<F>) => StructOf<F>;
}

/** The struct without anything set but its defaults. */
export function defaultsOf<F extends Fields>(fields: F): StructOf<F> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, field.default ?? field.kind.zero]),
  ) as StructOf<F>;
}

const zeroOf = <F extends Fields>(fields: F): StructOf<F> =>
  Object.fromEntries(Object.entries(fields).map(([key, { kind }]) => [key, kind.zero])) as StructOf<F>;

/** A map with known keys; any other key is a fault. */
export function struct<F extends Fields>(fields: F, options: StructOptions<F> = {}): Kind<StructOf<F>> {
  const hasDefaults = options.fresh ?? Object.values(fields).some((field) => field.default !== undefined);
  const zero = zeroOf(fields);
  const decode = (value: unknown, path: Path, notes: Notes, before: StructOf<F>): StructOf<F> => {
    if (!isMap(value)) {
      fault(notes, path, "wrong type", { allowed: "a map" });
      return before;
    }
    const known = notes.faults.length;
    const read: Record<string, unknown> = { ...(hasDefaults ? defaultsOf(fields) : before) };
    for (const [key, one] of Object.entries(value)) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (field) read[key] = decodeInto(field.kind, one, [...path, key], notes, read[key]);
      else notes.faults.push({ path: [...path, key], message: `unknown key ${JSON.stringify(key)}`, atKey: true });
    }
    // What a check would say of half a struct would only be about what is missing from it.
    if (notes.faults.length > known) return read as StructOf<F>;
    const wrong = options.check?.(read as StructOf<F>, value);
    if (wrong !== undefined) {
      const { message, key } = typeof wrong === "string" ? { message: wrong, key: undefined } : wrong;
      const here = key !== undefined && Object.hasOwn(value, key);
      notes.faults.push({ path: here ? [...path, key] : path, message, ...(here ? { atKey: true } : {}) });
    }
    return options.complete ? options.complete(read as StructOf<F>) : (read as StructOf<F>);
  };
  return {
    zero,
    decode,
    empty: (value) => Object.entries(fields).every(([key, { kind }]) => kind.empty(value[key])),
    show: (value) => showFields(fields, value),
    plain: (value) => {
      const entries = Object.entries(fields).flatMap(([key, { kind }]) => {
        const one = kind.plain(value[key]);
        return one === undefined ? [] : [[key, one] as const];
      });
      return Object.fromEntries(entries);
    },
    hide: (plain) =>
      hideEach(plain, (key, one) => {
        const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
        return field ? field.kind.hide(one) : one;
      }),
  };
}

/** A map with each value without its secrets. */
function hideEach(plain: unknown, hide: (key: string, value: unknown) => unknown): unknown {
  if (!isMap(plain)) return plain;
  const hidden: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(plain)) set(hidden, key, hide(key, one));
  return hidden;
}

/** A struct's fields in their order, without those that are empty and may be left out. */
export function showFields<F extends Fields>(fields: F, value: StructOf<F>): ShownMap {
  return {
    entries: Object.entries(fields).flatMap(([key, { kind, omit, flow }]) =>
      omit && kind.empty(value[key])
        ? []
        : [{ key, value: kind.show(value[key]), ...(flow === undefined ? {} : { flow }) }],
    ),
  };
}

/** Go's pointer: null where nothing is given. */
export const pointer = <T>(to: Kind<T>): Kind<T | null> => ({
  zero: null,
  decode: (value, path, notes, before) => to.decode(value, path, notes, before ?? to.zero),
  empty: (value) => value === null,
  show: (value) => (value === null ? null : to.show(value)),
  plain: (value) => (value === null ? undefined : to.plain(value)),
  hide: to.hide,
});

/** A list; null and an absent one are the same null, an empty one is not. */
export const list = <T>(item: Kind<T>): Kind<readonly T[] | null> => ({
  zero: null,
  decode: (value, path, notes, before) => {
    if (!Array.isArray(value)) {
      // Without the value: what stands there instead of a list may be a secret.
      fault(notes, path, "wrong type", { allowed: "a list" });
      return before;
    }
    return value.map((one: unknown, index) => decodeInto(item, one, [...path, index], notes, item.zero));
  },
  empty: (value) => value === null || value.length === 0,
  show: (value) => (value ?? []).map((one) => item.show(one)),
  plain: (value) => (value === null || value.length === 0 ? undefined : value.map((one) => item.plain(one) ?? null)),
  hide: (plain) => (Array.isArray(plain) ? plain.map(item.hide) : plain),
});

/** A map from any text. */
export const mapOf = <T>(item: Kind<T>): Kind<Readonly<Record<string, T>> | null> => ({
  zero: null,
  decode: (value, path, notes, before) => {
    if (!isMap(value)) {
      fault(notes, path, "wrong type", { allowed: "a map" });
      return before;
    }
    const read: Record<string, T> = {};
    for (const [key, one] of Object.entries(value))
      set(read, key, decodeInto(item, one, [...path, key], notes, item.zero));
    return read;
  },
  empty: (value) => value === null || Object.keys(value).length === 0,
  show: (value) => showMap(value ?? {}, item.show),
  plain: (value) => {
    if (value === null || Object.keys(value).length === 0) return undefined;
    const plain: Record<string, unknown> = {};
    for (const [key, one] of Object.entries(value)) set(plain, key, item.plain(one) ?? "");
    return plain;
  },
  hide: (plain) => hideEach(plain, (_key, one) => item.hide(one)),
});

function set<T>(target: Record<string, T>, key: string, value: T): void {
  // The same care as for labels: a key may be `__proto__`.
  setLabel(target as Record<string, string>, key, value as string);
}

/** A map in the order that yaml.v2 prints keys in. */
export const showMap = <T>(map: Readonly<Record<string, T>>, show: (value: T) => Shown): ShownMap => ({
  entries: Object.keys(map)
    .sort(naturalOrder)
    .map((key) => ({ key, value: show(map[key] as T) })),
});

/** Any value at all. */
export const any: Kind<unknown> = {
  zero: null,
  decode: (value) => unwritten(value),
  empty: (value) => value === null,
  show: showAny,
  plain: (value) => (value === null ? undefined : value),
  hide: (plain) => plain,
};

function showAny(value: unknown): Shown {
  if (Array.isArray(value)) return value.map(showAny);
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return value;
  if (isMap(value) && !isWritten(value)) return showMap(value, showAny);
  return null;
}
