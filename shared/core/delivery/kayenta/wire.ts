import { type Field, list, text, wrong } from "../../kernel/fields.ts";
import { isAbsent, type Members, members, missing, numeric, optional } from "../lenient.ts";

const NONE: Members = {};

/** A map that may be left out. */
export const mapOrNone: Field<Members> = (value, path, notes) => optional(members)(value, path, notes) ?? NONE;

export const needed =
  <T>(field: Field<T>, allowed: string): Field<T> =>
  (value, path, notes) =>
    isAbsent(value) || value === "" ? missing(notes, path, allowed) : field(value, path, notes);

export const number = numeric("a number", undefined, true);

export const items: Field<readonly unknown[]> = needed(
  list<unknown>((value) => value ?? NONE),
  "a list",
);

/** Texts; a list that is not there has none. */
export const texts: Field<readonly string[]> = (value, path, notes) => optional(list(text))(value, path, notes) ?? [];

export const yesOrNo: Field<boolean> = (value, path, notes) => {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  return wrong(notes, path, value, "wrong type or value", "true or false");
};

/** Measured values; NaN where there is none. Of a list's faults the first is named. A side that is not there has no values. */
export const measured: Field<readonly number[]> = (value, path, notes) => {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value)) return wrong(notes, path, value, "wrong type or value", "a list");
  const numbers = value.map(measuredNumber);
  const bad = numbers.indexOf(undefined);
  if (bad < 0) return numbers as number[];
  const allowed = 'a number, "NaN", "Infinity", "-Infinity" or null';
  return wrong(notes, [...path, bad], value[bad], "wrong type or value", allowed);
};

function measuredNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value === null || value === "NaN") return Number.NaN;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  // Number reads "Infinity" as well.
  const found = Number(value);
  return Number.isNaN(found) ? undefined : found;
}
