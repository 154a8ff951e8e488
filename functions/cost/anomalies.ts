import { createDetector } from "../../shared/core/anomaly/detector/detector.ts";
import { ALARM_SCORE } from "../../shared/core/anomaly/detector/types.ts";
import { addDays, type Day, dayOf, startOf } from "../../shared/core/cost/day.ts";
import { type Decimal, fromNumber, round } from "../../shared/core/cost/decimal.ts";
import { type Ledger, ledger } from "../../shared/core/cost/forecast/ledger.ts";
import { median } from "../../shared/core/cost/forecast/spikes.ts";
import type { DayCost } from "../../shared/core/cost/forecast/types.ts";
import type { SourceState } from "../../shared/core/cost/types.ts";
import { type ScoredDay, unusualCosts } from "../../shared/core/cost/unusual/find.ts";
import type { Feedback, SaidWord, UnusualCost } from "../../shared/core/cost/unusual/types.ts";
import { unusualText } from "../../shared/core/cost/unusual/words.ts";
import { keptUnusual } from "./anomaly-store.ts";
import { collectBills } from "./collect.ts";
import type { CostWork } from "./context.ts";
import { HISTORY_DAYS } from "./forecast.ts";
import { refuseMixed, troublesOf } from "./standing.ts";

export interface AnomaliesAsk {
  /** Those that begin in this span, both included; default: the last 30 days. */
  readonly from?: Day;
  readonly to?: Day;
}

/** An unusual cost; money rounded to two digits, as what was expected is an estimate. */
export interface AnomalyAnswer {
  readonly id: string;
  /** The service. */
  readonly of: string;
  /** First and last day. */
  readonly day: Day;
  readonly to: Day;
  readonly open: boolean;
  readonly score: number;
  readonly cost: Decimal;
  readonly expected: Decimal;
  readonly impact: Decimal;
  /** Of what was expected; absent where that was 0. */
  readonly percent?: number;
  readonly causes: readonly { readonly usageType: string; readonly impact: Decimal }[];
  readonly feedback?: Feedback;
  readonly text: string;
}

export interface AnomaliesAnswer {
  readonly currency?: string;
  readonly from: Day;
  readonly to: Day;
  /** The newest first. */
  readonly items: readonly AnomalyAnswer[];
  /** Services that have too few days to be judged. */
  readonly learning: readonly string[];
  readonly notes: readonly string[];
  readonly sources: readonly SourceState[];
}

/** What was found, service by service. */
export interface FoundCosts {
  readonly currency: string;
  readonly byService: ReadonlyMap<string, readonly UnusualCost[]>;
  readonly learning: readonly string[];
  readonly words: ReadonlyMap<string, readonly SaidWord[]>;
  readonly sources: readonly SourceState[];
}

const MOST_CAUSES = 3;
const SHOWN_DAYS = 30;
const PART = "\n";

/**
 * Days on which a service cost otherwise than expected, by the detector of the anomaly noun over its daily points. What people said of earlier ones is taught to it.
 *
 * @throws HeadgateError `bill.currency`; those of the store and of reading bills
 */
export async function costAnomalies(work: CostWork, ask: AnomaliesAsk = {}): Promise<AnomaliesAnswer> {
  const to = ask.to ?? dayOf(work.now);
  const from = ask.from ?? addDays(to, 1 - SHOWN_DAYS);
  const { byService, learning, words, currency, sources } = await findUnusual(work, { from, to });
  const minimum = Number(work.config.anomalies.minimum);
  const items = [...byService.values()]
    .flat()
    .filter((one) => one.from >= from && one.from <= to && Math.abs(one.impact) >= minimum)
    .sort((a, b) => (a.from === b.from ? Math.abs(b.impact) - Math.abs(a.impact) : a.from < b.from ? 1 : -1));
  return {
    ...{ currency, from, to, learning, sources, notes: troublesOf(sources) },
    items: items.map((one) => answerOf(one, currency, words.get(one.of) ?? [])),
  };
}

/** All unusual costs in the bills up to a day, with the history that a detector learns from. */
export async function findUnusual(
  work: CostWork,
  { from, to }: { readonly from: Day; readonly to: Day },
): Promise<FoundCosts> {
  const [bills, kept] = await Promise.all([
    collectBills(work, { from: addDays(from, -HISTORY_DAYS), to }),
    keptUnusual(work),
  ]);
  const { basis, currency, rates } = work.config;
  const book = ledger({
    ...{ basis, currency, rates, today: dayOf(work.now) },
    seriesOf: ({ service, usageType, category }) =>
      service === undefined || (category !== undefined && category !== "Usage")
        ? []
        : [service, `${service}${PART}${usageType ?? "no usage type"}`],
  });
  for await (const day of bills.days) book.add(day);
  const found = book.result();
  refuseMixed(found.exchange);
  const words = new Map([...kept].map(([of, { state }]) => [of, state.words] as const));
  const parts = Map.groupBy(
    found.names.filter((name) => name.includes(PART)),
    (name) => name.slice(0, name.indexOf(PART)),
  );
  const learning: string[] = [];
  const byService = new Map<string, readonly UnusualCost[]>();
  for (const of of found.names.filter((name) => !name.includes(PART)).sort()) {
    const days = begunSeries(found.series(of));
    if (days.length <= LEARNING) learning.push(of);
    const unusual = unusualCosts(of, scored(days, words.get(of) ?? []), ALARM_SCORE);
    if (unusual.length > 0)
      byService.set(
        of,
        unusual.map((one) => ({ ...one, causes: causesOf(one, parts.get(of) ?? [], found) })),
      );
  }
  return { currency: found.exchange.currency ?? currency, byService, learning, words, sources: bills.sources };
}

const LEARNING = 14;

/** Days that the bill has all of. A service that begins while others are known for long was at 0 before: that is what makes it unusual. */
const begunSeries = (days: readonly DayCost[]): readonly DayCost[] => days.filter(({ open }) => !open);

function scored(days: readonly DayCost[], words: readonly SaidWord[]): readonly ScoredDay[] {
  const detector = createDetector();
  const said = Map.groupBy(words, ({ day }) => day);
  return days.map(({ day, value }): ScoredDay => {
    const at = startOf(day) ?? 0;
    const score = detector.push(at, value);
    const expected = detector.detail().expected?.value;
    for (const { feedback } of said.get(day) ?? []) detector.feedback(feedback === "yes" ? "bad" : "fine", at, score);
    return { day, value, score, ...(expected === undefined ? {} : { expected }) };
  });
}

/** Which usage of the service it comes from: each against its own days of the week before. */
function causesOf(one: Omit<UnusualCost, "causes">, parts: readonly string[], book: Ledger): UnusualCost["causes"] {
  const all = parts.map((name) => {
    const days = book.series(name);
    const before = days.filter(({ day }) => day < one.from).slice(-7);
    const usual = before.length === 0 ? 0 : median(before.map(({ value }) => value));
    const during = days.filter(({ day }) => day >= one.from && day <= one.to);
    const impact = during.reduce((sum, { value }) => sum + value - usual, 0);
    return { usageType: name.slice(name.indexOf(PART) + 1), impact };
  });
  return all
    .filter(({ impact }) => impact * one.impact > 0)
    .sort((a, b) => Math.abs(b.impact) - Math.abs(a.impact))
    .slice(0, MOST_CAUSES);
}

const cents = (value: number): Decimal => round(fromNumber(value), 2);

function answerOf(one: UnusualCost, currency: string, words: readonly SaidWord[]): AnomalyAnswer {
  const word = words.find(({ id }) => id === one.id);
  return {
    ...{ id: one.id, of: one.of, day: one.from, to: one.to, open: one.open, score: one.score },
    ...{ cost: cents(one.actual), expected: cents(one.expected), impact: cents(one.impact) },
    ...(one.percent === undefined ? {} : { percent: Math.round(one.percent * 10) / 10 }),
    causes: one.causes.map(({ usageType, impact }) => ({ usageType, impact: cents(impact) })),
    ...(word ? { feedback: word.feedback } : {}),
    text: unusualText(one, currency),
  };
}
