import { civilFromDays, DAY_MS } from "../../kernel/time.ts";

/** Sign, keeping zero and NaN. */
const sgn = (value: number): number => (value < 0 ? -1 : value > 0 ? 1 : value);

/** Functions of one number. */
export const MATH: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  cos: Math.cos,
  cosh: Math.cosh,
  sin: Math.sin,
  sinh: Math.sinh,
  tan: Math.tan,
  tanh: Math.tanh,
  deg: (value) => (value * 180) / Math.PI,
  rad: (value) => (value * Math.PI) / 180,
};

/** x to the power of y as IEEE 754 has it: 1 to any power is 1, and -1 to an infinite one. */
export const power = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

const DAY_S = DAY_MS / 1000;
const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** Days since 1970-01-01 of a date. The inverse of {@link civilFromDays}. */
function daysFromCivil(year: number, month: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5);
  return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468;
}

const nextMonth = (year: number, month: number): number =>
  month === 12 ? daysFromCivil(year + 1, 1) : daysFromCivil(year, month + 1);

const onDate =
  (part: (date: ReturnType<typeof civilFromDays>, days: number) => number) =>
  (seconds: number): number => {
    const days = Math.floor(seconds / DAY_S);
    return part(civilFromDays(days), days);
  };

/** Parts of a date, from whole seconds since the epoch, in UTC. */
const DATE_PARTS: Readonly<Record<string, (seconds: number) => number>> = {
  minute: (seconds) => Math.floor(modulo(seconds, 3600) / 60),
  hour: (seconds) => Math.floor(modulo(seconds, DAY_S) / 3600),
  day_of_week: (seconds) => modulo(Math.floor(seconds / DAY_S) + 4, 7),
  day_of_month: onDate(({ day }) => day),
  day_of_year: onDate(({ year }, days) => days - daysFromCivil(year, 1) + 1),
  days_in_month: onDate(({ year, month }) => nextMonth(year, month) - daysFromCivil(year, month)),
  month: onDate(({ month }) => month),
  year: onDate(({ year }) => year),
};

/** Functions of a time in seconds since the epoch. What is no finite number has no date: NaN. */
export const DATES: Readonly<Record<string, (value: number) => number>> = Object.fromEntries(
  Object.entries(DATE_PARTS).map(([name, part]) => [
    name,
    (value: number) => (Number.isFinite(value) ? part(Math.trunc(value)) : Number.NaN),
  ]),
);
