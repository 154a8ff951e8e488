import type { Day } from "../day.ts";
import { type Decimal, decimal, text } from "../decimal.ts";
import type { Charge } from "../types.ts";
import { AMOUNTS, TEXTS } from "./members.ts";

const TIMES = ["start", "end"] as const satisfies readonly (keyof Charge)[];

/** Charges of one day as they lie in the object store: every text once, and columns of numbers of texts (0: absent). A column that nobody has is absent. */
interface Part {
  readonly v: 1;
  readonly count: number;
  readonly texts: readonly string[];
  readonly columns: Readonly<Record<string, readonly number[]>>;
  readonly times: Readonly<Record<string, readonly (number | null)[]>>;
}

export function encodePart(charges: readonly Charge[]): string {
  const numbers = new Map<string, number>();
  const numberOf = (value: string | undefined): number => {
    if (value === undefined) return 0;
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size + 1);
    return numbers.size;
  };
  const columns: Record<string, readonly number[]> = {};
  const column = (name: string, of: (charge: Charge) => string | undefined) => {
    if (charges.some((charge) => of(charge) !== undefined)) columns[name] = charges.map((one) => numberOf(of(one)));
  };
  for (const name of TEXTS) column(name, (charge) => charge[name]);
  for (const name of AMOUNTS) column(name, (charge) => written(charge[name]));
  column("tags", ({ tags }) => (tags === undefined ? undefined : JSON.stringify(tags)));
  const times: Record<string, readonly (number | null)[]> = {};
  for (const name of TIMES)
    if (charges.some((one) => one[name] !== undefined)) times[name] = charges.map((one) => one[name] ?? null);
  const part: Part = { v: 1, count: charges.length, texts: [...numbers.keys()], columns, times };
  return JSON.stringify(part);
}

/** Zero keeps its digits: what was read as "0.000" counts with three of them in a sum. */
const written = (amount: Decimal | undefined): string | undefined =>
  amount === undefined
    ? undefined
    : amount.units === 0n && amount.scale > 0
      ? `0.${"0".repeat(amount.scale)}`
      : text(amount);

type Mutable = { -readonly [Name in keyof Charge]: Charge[Name] };

/** The charges again; equal texts are one string, and equal tags one object. @throws SyntaxError, RangeError where the text is none of ours */
export function decodePart(json: string, day: Day): readonly Charge[] {
  const part = JSON.parse(json) as Part;
  if (part.v !== 1) throw new RangeError(`charges of version ${part.v}`);
  const charges: Mutable[] = Array.from({ length: part.count }, () => ({ day }));
  const fill = <Value>(
    name: string,
    of: (text: string) => Value | undefined,
    set: (to: Mutable, value: Value) => void,
  ) => {
    const made = new Map<number, Value>();
    part.columns[name]?.forEach((number, at) => {
      const to = charges[at];
      if (number === 0 || to === undefined) return;
      let value = made.get(number);
      if (value === undefined) {
        value = of(part.texts[number - 1] ?? "");
        if (value === undefined) throw new RangeError(`no ${name}: ${part.texts[number - 1]}`);
        made.set(number, value);
      }
      set(to, value);
    });
  };
  for (const name of TEXTS)
    fill(
      name,
      (value) => value,
      (to, value) => {
        (to as Record<string, unknown>)[name] = value;
      },
    );
  for (const name of AMOUNTS)
    fill(name, decimal, (to, value) => {
      to[name] = value;
    });
  fill(
    "tags",
    (value) => JSON.parse(value) as Readonly<Record<string, string>>,
    (to, value) => {
      to.tags = value;
    },
  );
  for (const name of TIMES)
    part.times[name]?.forEach((value, at) => {
      const to = charges[at];
      if (value !== null && to) to[name] = value;
    });
  return charges;
}
