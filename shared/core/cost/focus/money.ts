import { type Decimal, decimal, negate } from "../decimal.ts";

/** How a file writes fractions, learned from cells that can mean one thing only: the first row of each, 0: none yet. */
export interface MoneyHabits {
  /** "0.5", "1234.567", "1,234.50". */
  point: number;
  /** "0,5", "1.234,50". */
  comma: number;
  /** "1.234", which was taken for one and a bit as the specification has it, before anything else was seen. */
  taken?: number;
}

export type MoneyReading =
  | { readonly value: Decimal; readonly currency?: string }
  /** `why` reads on from "is": "no amount". */
  | { readonly why: string };

const SIGNS: Readonly<Record<string, string>> = {
  "€": "EUR",
  "£": "GBP",
  "₹": "INR",
  "₩": "KRW",
  "₽": "RUB",
  "₺": "TRY",
};
const MONEY_SIGN = /[$€£¥₹₩₽₺]/gu;
const CODE = /^([A-Za-z]{3})\s|\s([A-Za-z]{3})$/;
const NONE: MoneyReading = { why: "no amount" };

/**
 * An amount as people, spreadsheets and exports write it: `$50,000.00 `, `($5.00)`, `-$5`, `5.00-`, `1.234,56 €`, `1 234,56`, `1'234.50`, `USD 5`,
 * `1.5E-7`. What could mean two amounts (`1,234`) is refused unless the file has shown how it writes fractions: a bill that is a thousand
 * times too large is worse than one that is refused.
 */
export function money(text: string, row: number, habits: MoneyHabits): MoneyReading {
  let rest = text.trim().replace(/[\u2212\u2013]/g, "-");
  const code = CODE.exec(rest);
  let currency = (code?.[1] ?? code?.[2])?.toUpperCase();
  if (code) rest = rest.replace(CODE, " ").trim();
  const signs = rest.match(MONEY_SIGN) ?? [];
  if (signs.length > 1) return NONE;
  if (signs[0] !== undefined) {
    currency ??= SIGNS[signs[0]];
    rest = rest
      .replace(/^([-+(]?\s*)(?:US|CA|AU|NZ|A|C)?\$/, "$1")
      .replace(MONEY_SIGN, "")
      .trim();
  }
  const negative = /^\(.*\)$/.test(rest) || /^-/.test(rest) || /\d\s*-$/.test(rest);
  rest = rest.replace(/^\((.*)\)$/, "$1").trim();
  if (/^[-+]/.test(rest)) rest = rest.slice(1).trim();
  else if (/\d\s*-$/.test(rest)) rest = rest.slice(0, -1).trim();
  if (!/^[\d.]/.test(rest) && !/^,\d/.test(rest)) return NONE;
  const plainDigits = digits(rest, row, habits, signs[0] === "$");
  if (typeof plainDigits !== "string") return plainDigits;
  const value = decimal(plainDigits);
  if (value === undefined) return NONE;
  return { value: negative ? negate(value) : value, ...(currency === undefined ? {} : { currency }) };
}

/** Without marks between thousands, and with a point before the fraction. */
function digits(text: string, row: number, habits: MoneyHabits, dollars: boolean): Digits {
  // Blanks (also narrow and unbreakable ones) and apostrophes only ever part thousands.
  const parted = /^\d{1,3}(?:[ \u00a0\u2009\u202f'\u2019]\d{3})+(?=[.,]|$)/.exec(text)?.[0];
  const rest = parted === undefined ? text : parted.replace(/\D/g, "") + text.slice(parted.length);
  const [commas, points] = [rest.split(",").length - 1, rest.split(".").length - 1];
  if (commas === 0 && points === 0) return rest;
  if (commas === 0 && points === 1) return pointFraction(rest, row, habits);
  if (commas === 1 && points === 0) return oneComma(rest, row, habits, dollars);
  if (commas === 0) return grouped(rest, ".", "", commaSeen(row, habits));
  if (points === 0) return grouped(rest, ",", "", pointSeen(row, habits));
  return rest.lastIndexOf(",") > rest.lastIndexOf(".")
    ? grouped(rest, ".", ",", commaSeen(row, habits))
    : grouped(rest, ",", ".", pointSeen(row, habits));
}

/** A fraction, or what speaks against it. */
type Digits = string | { readonly why: string };

const pointSeen = (row: number, habits: MoneyHabits) => (): undefined => {
  habits.point ||= row;
};

const commaSeen = (row: number, habits: MoneyHabits) => (): string | undefined => {
  if (habits.comma === 0 && habits.point === 0 && (habits.taken ?? 0) !== 0)
    return `written with a decimal comma, and row ${habits.taken} was read with a decimal point: which one holds cannot be told`;
  habits.comma ||= row;
  return undefined;
};

/** "1.234" means two amounts, every other one point is a fraction's. */
function pointFraction(text: string, row: number, habits: MoneyHabits): Digits {
  if (!/^[1-9]\d{0,2}\.\d{3}$/.test(text)) {
    habits.point ||= row;
    return text;
  }
  return takePoint(row, habits) ? text : { why: `either ${text} or ${text.replace(".", "")}` };
}

/** Whether "1.234" may be taken for one and a bit: unless the file has only shown commas before fractions. */
export function takePoint(row: number, habits: MoneyHabits): boolean {
  if (habits.point !== 0) return true;
  habits.taken ||= row;
  return habits.comma === 0;
}

/** "1,234": a thousand and more, or a fraction? As the file has shown; a dollar sign stands before thousands. */
function oneComma(text: string, row: number, habits: MoneyHabits, dollars: boolean): Digits {
  const [whole = "", fraction = ""] = text.split(",");
  const { point, comma } = habits;
  if (!/^\d{3}$/.test(fraction) || !/^[1-9]\d{0,2}$/.test(whole)) return fractionAfter(text, commaSeen(row, habits));
  if (comma === 0 && (dollars || point !== 0)) return whole + fraction;
  if (comma !== 0 && point === 0) return fractionAfter(text, commaSeen(row, habits));
  return { why: `either ${whole}${fraction} or ${whole}.${fraction}` };
}

function fractionAfter(text: string, seen: () => string | undefined): Digits {
  const why = seen();
  return why === undefined ? text.replace(",", ".") : { why };
}

/** Thousands parted by `mark`, a fraction after the other one (or none). */
function grouped(text: string, mark: string, fractionMark: string, seen: () => string | undefined): Digits {
  const at = fractionMark === "" ? text.length : text.lastIndexOf(fractionMark);
  const parts = text.slice(0, at).split(mark);
  const fraction = text.slice(at + 1);
  const good = /^\d{1,3}$/.test(parts[0] ?? "") && parts.slice(1).every((part) => /^\d{3}$/.test(part));
  if (!good || !/^\d*$/.test(fraction)) return { why: "no amount" };
  const why = seen();
  return why === undefined ? `${parts.join("")}${fraction === "" ? "" : `.${fraction}`}` : { why };
}
