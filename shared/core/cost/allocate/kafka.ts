import type { Day } from "../day.ts";
import { add, type Decimal, isZero, sum, ZERO } from "../decimal.ts";
import { DEALT_DIGITS, deal, type Purse, purse } from "./deal.ts";
import { type GroupSum, type TopicSum, type UsageSum, wholeUsage } from "./usage-sums.ts";

/** What a Kafka cluster's cost is dealt out by. */
export const PARTS = ["stored", "in", "out", "partitions"] as const;
export type Part = (typeof PARTS)[number];
type PartWeights = Readonly<Record<Part, number>>;

/** Amounts of a cluster by day, and what was used of it. */
export interface ClusterDays {
  readonly amounts: ReadonlyMap<Day, Decimal>;
  readonly usage: ReadonlyMap<Day, UsageSum>;
}

/** Told of every share as it is dealt: which day, whose (position in the answer), how much. */
export interface Sink<Of> {
  add(day: Day, of: Of, at: number, units: number | bigint): void;
  rest(day: Day, of: Of, at: number, rest: Decimal): void;
}

/** Shares of `out` come to the groups first and then to the topics, for what others read. */
export type KafkaSink = Sink<Part>;

export interface TopicCost {
  readonly topic: string;
  /** Of the parts that were measured on some day. */
  readonly parts: Readonly<Partial<Record<Part, Decimal>>>;
  readonly cost: Decimal;
  /** Of `out`: what known groups read; it is in their cost as well, as they are another view of the same money. */
  readonly read: Decimal;
  readonly usage: TopicSum;
}

export interface GroupCost {
  readonly group: string;
  readonly topic: string;
  readonly cost: Decimal;
  readonly bytes: number;
}

interface PartCost {
  readonly part: Part;
  readonly weight: number;
  readonly cost: Decimal;
  /** Days on which it was measured and something was used, of those that were dealt out. */
  readonly days: number;
  /** Byte-hours, bytes, bytes, partition-hours of those days. */
  readonly used: number;
}

export interface KafkaCost {
  readonly cost: Decimal;
  /** Days whose amount nobody can be named for: nothing was used, or nobody watched. */
  readonly undealt: Decimal;
  readonly undealtDays: readonly Day[];
  /** Days without usage of their own, dealt out by that of all days that have some. */
  readonly byAllDays: readonly Day[];
  readonly parts: readonly PartCost[];
  readonly topics: readonly TopicCost[];
  readonly groups: readonly GroupCost[];
  readonly usage: UsageSum;
}

/** What will be dealt to, in the order of positions. */
export interface KafkaPlan {
  readonly usage: UsageSum;
  readonly topics: readonly string[];
  readonly groups: readonly GroupSum[];
}

interface Weighed {
  readonly stored: Float64Array;
  readonly in: Float64Array;
  /** Groups first, then what others read of each topic. */
  readonly out: Float64Array;
  readonly partitions: Float64Array;
  readonly totals: Record<Part, number>;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const total = (values: Float64Array): number => values.reduce((all, one) => all + one, 0);

/**
 * Deals a cluster's cost out: each day's amount by the weights, brought to 100 % over the parts that were measured that day, each part to topics by
 * what they used of it that day, and `out` further to the groups that read. Every day's shares sum to its amount exactly, so those of a week are the
 * sums of those of its days.
 */
export function kafkaCost(days: ClusterDays, weights: PartWeights, sinkOf: (plan: KafkaPlan) => KafkaSink): KafkaCost {
  const { amounts, usage } = days;
  const all = wholeUsage(usage.values());
  const topics = [...all.topics.keys()].sort(byText);
  const groups = [...all.groups.keys()].sort(byText);
  const sink = sinkOf({ usage: all, topics, groups: groups.map((key) => all.groups.get(key) as GroupSum) });
  const topicAt = new Map(topics.map((topic, at) => [topic, at]));
  const topicOf = groups.map((key) => topicAt.get(all.groups.get(key)?.topic ?? "") ?? -1);
  const weigh = (sum: UsageSum): Weighed => weighed(sum, { topics, groups, topicOf });

  const purses: Record<Part, Purse> = {
    stored: purse(topics.length),
    in: purse(topics.length),
    out: purse(groups.length + topics.length),
    partitions: purse(topics.length),
  };
  const parts = PARTS.map((part) => ({ part, weight: weights[part], cost: ZERO, days: 0, used: 0 }));
  const [undealtDays, byAllDays]: [Day[], Day[]] = [[], []];
  let [cost, undealt] = [ZERO, ZERO];
  let ofAll: Weighed | undefined;
  for (const [day, amount] of [...amounts].sort(([a], [b]) => byText(a, b))) {
    cost = add(cost, amount);
    if (isZero(amount)) continue;
    const own = usage.get(day);
    let measured = own && weigh(own);
    let shares = measured && deal(amount, weightsOf(measured, weights));
    if (!shares) {
      ofAll ??= weigh(all);
      measured = ofAll;
      shares = deal(amount, weightsOf(measured, weights));
      (shares ? byAllDays : undealtDays).push(day);
    }
    if (!shares || !measured) {
      undealt = add(undealt, amount);
      continue;
    }
    for (const [index, part] of PARTS.entries()) {
      if (!(measured.totals[part] > 0) || !(weights[part] > 0)) continue;
      const units = { units: BigInt(shares.units[index] ?? 0), scale: DEALT_DIGITS };
      const share = index === shares.restTo ? add(units, shares.rest) : units;
      const to = purses[part];
      const dealt = deal(share, measured[part]);
      for (let at = 0; dealt && at < dealt.units.length; at += 1) {
        const one = dealt.units[at] as number | bigint;
        if (!one) continue;
        to.add(at, one);
        sink.add(day, part, at, one);
      }
      if (dealt) {
        to.rest(dealt.restTo, dealt.rest);
        sink.rest(day, part, dealt.restTo, dealt.rest);
      }
      const told = parts[index] as (typeof parts)[number];
      told.cost = add(told.cost, share);
      told.days += 1;
      told.used += measured.totals[part];
    }
  }

  const readOf = new Map<number, Decimal>();
  const groupCosts = groups.map((key, at): GroupCost => {
    const { group = "", topic = "", bytes = 0 } = all.groups.get(key) ?? {};
    const own = purses.out.of(at);
    readOf.set(topicOf[at] ?? -1, add(readOf.get(topicOf[at] ?? -1) ?? ZERO, own));
    return { group, topic, cost: own, bytes };
  });
  const dealtParts = new Set(parts.filter(({ days }) => days > 0).map(({ part }) => part));
  return {
    ...{ cost, undealt, undealtDays, byAllDays, usage: all },
    parts,
    groups: groupCosts,
    topics: topics.map((topic, at): TopicCost => {
      const read = readOf.get(at) ?? ZERO;
      const costs = PARTS.flatMap((part) => {
        if (!dealtParts.has(part)) return [];
        return [[part, part === "out" ? add(purses.out.of(groups.length + at), read) : purses[part].of(at)] as const];
      });
      return {
        topic,
        parts: Object.fromEntries(costs),
        cost: sum(costs.map(([, one]) => one)),
        read,
        usage: all.topics.get(topic) ?? { hours: 0, partitions: 0 },
      };
    }),
  };
}

const weightsOf = ({ totals }: Weighed, weights: PartWeights): readonly number[] =>
  PARTS.map((part) => (totals[part] > 0 ? weights[part] : 0));

function weighed(
  sum: UsageSum,
  places: {
    readonly topics: readonly string[];
    readonly groups: readonly string[];
    readonly topicOf: readonly number[];
  },
): Weighed {
  const { topics, groups, topicOf } = places;
  const [stored, into, partitions] = [0, 0, 0].map(() => new Float64Array(topics.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const out = new Float64Array(groups.length + topics.length);
  const read = new Float64Array(topics.length);
  for (const [at, key] of groups.entries()) {
    const bytes = sum.groups.get(key)?.bytes ?? 0;
    const topic = topicOf[at] ?? -1;
    // A group may hold positions of a topic that is gone: nothing is known of it then.
    if (topic < 0) continue;
    out[at] = bytes;
    read[topic] = (read[topic] ?? 0) + bytes;
  }
  for (const [at, topic] of topics.entries()) {
    const one = sum.topics.get(topic);
    if (one === undefined) continue;
    // Hours in which it was not known were as those in which it was.
    stored[at] = one.stored === undefined || !one.storedHours ? 0 : (one.stored / one.storedHours) * one.hours;
    into[at] = one.inBytes ?? 0;
    partitions[at] = one.partitions;
    out[groups.length + at] = Math.max(0, (one.outBytes ?? 0) - (read[at] ?? 0));
  }
  const totals = { stored: total(stored), in: total(into), out: total(out), partitions: total(partitions) };
  return { stored, in: into, out, partitions, totals };
}
