const SIGNS: Readonly<Record<string, string>> = { USD: "$", EUR: "€", GBP: "£", JPY: "¥" };
const MINUS = "\u2212";

const groups = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Rounded for people: "$412.30", "$12,400", "−$8.00", "<$0.01". The exact text stands in the title. */
export function money(amount: string | number, currency: string): string {
  const value = Number(amount);
  const sign = SIGNS[currency];
  const size = Math.abs(value);
  const shown = size >= 10_000 ? groups.format(size) : cents.format(size);
  const worded = sign === undefined ? `${shown}\u00a0${currency}` : `${sign}${shown}`;
  const minus = value < 0 ? MINUS : "";
  if (value !== 0 && size < 0.005)
    return `${value < 0 ? `>${MINUS}` : "<"}${sign ?? ""}0.01${sign ? "" : `\u00a0${currency}`}`;
  return `${minus}${worded}`;
}

/** Whole units, for one line of an overview: "$412". */
export function roundMoney(amount: string | number, currency: string): string {
  const value = Number(amount);
  if (value !== 0 && Math.abs(value) < 10) return money(amount, currency);
  const sign = SIGNS[currency];
  const shown = groups.format(Math.abs(value));
  return `${value < 0 ? MINUS : ""}${sign === undefined ? `${shown}\u00a0${currency}` : `${sign}${shown}`}`;
}
