import { type Arg, argText } from "./ast.ts";
import type { Param } from "./function-types.ts";
import { plainOf, sortedKeys, typeName, type Value } from "./values.ts";

/** Go's name of the type that a parameter has. */
export const paramName = (param: Param): string => (param === "any" ? "interface {}" : param);

/** Types that nil is a value of. */
export const takesNil = (param: Param): boolean => param === "any" || /^(\[\]|map\[|\*)|Result$/.test(param);

/** A field of a struct or a key of a map; a map's missing key is the zero value of its elements. */
export function memberOf(value: Exclude<Value, null>, name: string): Value | undefined {
  if (typeof value !== "object") return undefined;
  if (value.kind === "map") return value.entries.get(name) ?? (value.of === "string" ? "" : null);
  return value.kind === "struct" ? value.fields.get(name) : undefined;
}

function* counted(to: bigint): Generator<readonly [Value, Value]> {
  for (let at = 0n; at < to; at += 1n) yield [at, at];
}

/** What a range goes through, with keys; undefined for what is no collection. */
export function entriesOf(value: Value): Iterable<readonly [Value, Value]> | undefined {
  const plain = plainOf(value);
  if (plain === null) return [];
  if (typeof plain === "bigint") return counted(plain);
  if (typeof plain !== "object") return undefined;
  if (plain.kind === "list") return plain.items.map((item, index) => [BigInt(index), item]);
  return plain.kind === "map" ? sortedKeys(plain).map((key) => [key, plain.entries.get(key) ?? null]) : undefined;
}

/** Whether Go assigns the one to the other: the same type, or the same underneath with one of them unnamed. */
function assignable(value: Exclude<Value, null>, param: Param): boolean {
  const type = typeName(value);
  if (param === "any" || type === param) return true;
  if (typeof value !== "object") return false;
  if (value.kind === "list") return param === `[]${value.of}`;
  if (value.kind === "map") return param === (value.of === "string" ? "map[string]string" : "map[string]interface {}");
  return type === `*${param}`;
}

/** Why a value cannot be given where `param` is wanted, in Go's words; undefined where it can. */
export function misfit(value: Value, param: Param): string | undefined {
  if (value === null) return takesNil(param) ? undefined : `invalid value; expected ${paramName(param)}`;
  if (assignable(value, param)) return undefined;
  return `wrong type for value; expected ${paramName(param)}; got ${typeName(value)}`;
}

/** An untyped number is a float where it is written as one. */
export const constantOf = (arg: Extract<Arg, { type: "number" }>): Value =>
  arg.int === undefined || (/[.eEpP]/.test(arg.text) && !/^[+-]?0[xX][^pP]*$|^'/.test(arg.text)) ? arg.float : arg.int;

const SCALARS: Readonly<Record<string, string>> = { string: "string", int: "integer", float64: "float", bool: "bool" };

/** Why a constant cannot stand where `param` is wanted; an int constant is a float where one is wanted. */
export function constantMisfit(arg: Arg, param: Param): string | undefined {
  if (arg.type === "nil") return takesNil(param) ? undefined : `cannot assign nil to ${paramName(param)}`;
  if (param === "any" || (arg.type !== "number" && arg.type !== "bool" && arg.type !== "string")) return undefined;
  const shown = argText(arg);
  const wanted = SCALARS[param];
  if (wanted === undefined) return `can't handle ${shown} for arg of type ${paramName(param)}`;
  const fits =
    arg.type === "number" ? param === "float64" || (param === "int" && arg.int !== undefined) : param === arg.type;
  return fits ? undefined : `expected ${wanted}; found ${shown}`;
}
