import type { Arg } from "./ast.ts";
import type { Param } from "./function-types.ts";
import { sortedKeys, typeName, type Value } from "./values.ts";

/** Go's names of the types that functions take. */
export const PARAM_TYPES: Readonly<Record<Param, string>> = {
  string: "string",
  any: "interface {}",
  vector: "template.queryResult",
  sample: "*template.sample",
};

/** A field of a struct or a key of a map; a map's missing key is the zero value of its elements. */
export function memberOf(value: Exclude<Value, null>, name: string): Value | undefined {
  if (typeof value !== "object") return undefined;
  switch (value.kind) {
    case "map":
      return value.entries.get(name) ?? (value.of === "string" ? "" : null);
    case "data":
      return value.fields.get(name);
    case "sample":
      return name === "Labels" ? value.labels : name === "Value" ? value.value : undefined;
    default:
      return undefined;
  }
}

/** What a range goes through, with keys; undefined for what is no collection, or an integer above `most`. */
export function entriesOf(value: Value, most: number): readonly (readonly [Value, Value])[] | undefined {
  if (value === null) return [];
  if (typeof value === "bigint")
    return value > BigInt(most)
      ? undefined
      : Array.from({ length: Math.max(0, Number(value)) }, (_, index) => [BigInt(index), BigInt(index)]);
  if (typeof value !== "object") return undefined;
  if (value.kind === "vector") return value.items.map((item, index) => [BigInt(index), item]);
  return value.kind === "map" ? sortedKeys(value).map((key) => [key, value.entries.get(key) ?? null]) : undefined;
}

/** Why a value cannot be given where `param` is wanted, in Go's words; undefined where it can. */
export function misfit(value: Value, param: Param): string | undefined {
  const fits =
    param === "any" ||
    (param === "string" && typeof value === "string") ||
    (typeof value === "object" && value !== null && value.kind === param);
  if (fits) return undefined;
  return value === null
    ? `invalid value; expected ${PARAM_TYPES[param]}`
    : `wrong type for value; expected ${PARAM_TYPES[param]}; got ${typeName(value)}`;
}

/** An untyped number is a float where it is written as one. */
export const constantOf = (arg: Extract<Arg, { type: "number" }>): Value =>
  arg.int === undefined || (/[.eEpP]/.test(arg.text) && !/^[+-]?0[xX]|^'/.test(arg.text)) ? arg.float : arg.int;
