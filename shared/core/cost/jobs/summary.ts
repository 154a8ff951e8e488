import type { Day } from "../day.ts";
import { compare, type Decimal, divide, isZero, multiply, negate, round, subtract, text, ZERO } from "../decimal.ts";
import type { Basis, Finality } from "../types.ts";

export interface SummaryDay {
  readonly day: Day;
  readonly cost: Decimal;
}

export interface SummaryFacts {
  readonly name: string;
  readonly every: "daily" | "weekly";
  readonly from: Day;
  readonly to: Day;
  readonly basis: Basis;
  readonly currency: string;
  /** Absent: nothing could be read, which is not zero. */
  readonly total?: Decimal;
  /** Of the span before, where it is known. */
  readonly before?: Decimal;
  readonly status: "known" | "none" | "denied" | "unavailable" | "no_sources";
  readonly finality: Finality | null;
  readonly days: readonly SummaryDay[];
  readonly services: readonly { readonly name: string; readonly cost: Decimal }[];
}

const MOST_SERVICES = 5;
/** Days that yesterday is held against. */
const BASELINE_DAYS = 7;
const HUNDRED: Decimal = { units: 100n, scale: 0 };

/** To the cent; less than half of one keeps its first digits, so that what costs something does not read as nothing. */
export function amountText(amount: Decimal, currency: string): string {
  const cents = round(amount, 2);
  if (!isZero(cents) || isZero(amount)) return `${isZero(cents) ? "0.00" : text(cents)} ${currency}`;
  for (let scale = 3; scale <= amount.scale; scale += 1) {
    const finer = round(amount, scale);
    if (!isZero(finer)) return `${text(finer)} ${currency}`;
  }
  return `0.00 ${currency}`;
}

/** "+4.2 %"; undefined where there was nothing to compare with. */
function change(now: Decimal, before: Decimal): string | undefined {
  if (compare(before, ZERO) <= 0) return undefined;
  const percent = divide(multiply(subtract(now, before), HUNDRED), before, 1);
  if (!percent) return undefined;
  if (isZero(percent)) return "unchanged";
  return compare(percent, ZERO) > 0 ? `+${text(percent)} %` : `-${text(negate(percent))} %`;
}

const SURE: Readonly<Record<Finality, string>> = {
  closed: "closed",
  estimated: "some days are estimates",
  priced: "priced from usage, not from a bill",
  made_up: "a made-up sample, no bill",
};

const NOTHING: Readonly<Record<Exclude<SummaryFacts["status"], "known">, string>> = {
  none: "sources answered and have no charge",
  denied: "bills may not be read: the amount is not known, which is not zero",
  unavailable: "no source answered: the amount is not known, which is not zero",
  no_sources: "no source is configured: the amount is not known, which is not zero",
};

const span = ({ from, to }: SummaryFacts): string => (from === to ? from : `${from} to ${to}`);

/** What yesterday cost against the mean of the days before it. */
function yesterday({ days, to, currency }: SummaryFacts): string | undefined {
  const last = days.find(({ day }) => day === to);
  if (!last) return undefined;
  const earlier = days.filter(({ day }) => day < to).slice(-BASELINE_DAYS);
  const total = earlier.reduce((sum, { cost }) => ({ units: sum.units + scaled(cost, sum.scale), scale: sum.scale }), {
    units: 0n,
    scale: 20,
  });
  const mean = divide(total, { units: BigInt(Math.max(1, earlier.length)), scale: 0 }, 12);
  const against = mean && earlier.length > 0 ? change(last.cost, mean) : undefined;
  return `${to}: ${amountText(last.cost, currency)}${against === undefined ? "" : `, ${against} against the mean of the ${earlier.length} days before`}`;
}

const scaled = (value: Decimal, scale: number): bigint => round(value, scale).units;

/** A report in a line and a few more, for a message: what it is, what it comes to, what is largest. */
export function summaryOf(facts: SummaryFacts): { readonly summary: string; readonly lines: readonly string[] } {
  const { name, currency, basis, total, before, status, finality } = facts;
  const head = `Cost report ${name}, ${span(facts)}`;
  if (status !== "known" || total === undefined) {
    const what = status === "known" || status === "none" ? NOTHING.none : NOTHING[status];
    return { summary: `${head}: ${status === "none" ? `0.00 ${currency}, ` : ""}${what}`, lines: [] };
  }
  const against = before === undefined ? undefined : change(total, before);
  const sure = finality === null ? "" : `, ${SURE[finality]}`;
  const summary = `${head}: ${amountText(total, currency)} ${basis}${against === undefined ? "" : `, ${against} against the week before`}${sure}`;
  const last = facts.every === "daily" ? yesterday(facts) : undefined;
  const largest = [...facts.services].sort((a, b) => compare(b.cost, a.cost) || (a.name < b.name ? -1 : 1));
  const rest = largest.length - MOST_SERVICES;
  return {
    summary,
    lines: [
      ...(last === undefined ? [] : [last]),
      ...largest.slice(0, MOST_SERVICES).map(({ name: service, cost }) => `${service}: ${amountText(cost, currency)}`),
      ...(rest > 0 ? [`and ${rest} more services`] : []),
    ],
  };
}
