import { add, decimal, text, ZERO } from "./decimal.ts";

/**
 * What several could save together in a month: in the currency of all of them, else in the wanted one. A sum of different currencies is no amount, so what
 * is in another one is no part of it; each item says its own.
 */
export function savingOf(
  items: readonly { readonly savingPerMonth?: string; readonly currency: string }[],
  wanted: string,
): { readonly currency: string; readonly savingPerMonth: string } {
  const told = items.flatMap(({ savingPerMonth, currency }) => {
    const amount = decimal(savingPerMonth ?? "");
    return amount ? [{ amount, currency }] : [];
  });
  const [first] = told;
  const currency = first && told.every((one) => one.currency === first.currency) ? first.currency : wanted;
  const mine = told.filter((one) => one.currency === currency);
  return { currency, savingPerMonth: text(mine.reduce((sum, { amount }) => add(sum, amount), ZERO)) };
}
