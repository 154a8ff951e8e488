import type { Day } from "../day.ts";
import type { Decimal } from "../decimal.ts";
import type { Books } from "./books.ts";
import { DEALT_DIGITS } from "./deal.ts";
import type { KafkaPlan, KafkaSink } from "./kafka.ts";
import type { Owners } from "./tenants.ts";

/** Writes shares into the books, and tells each one of them to `tally`. */
export function sinkTo<Of>(
  account: Books,
  indexOf: (of: Of, position: number) => number,
  tally: (day: Day, of: Of, position: number, units: number | bigint) => void,
) {
  return {
    add: (day: Day, of: Of, position: number, units: number | bigint) => {
      account.on(day).add(indexOf(of, position), units);
      tally(day, of, position, units);
    },
    rest: (day: Day, of: Of, position: number, rest: Decimal) => account.on(day).rest(indexOf(of, position), rest),
  };
}

const UNIT = 10 ** -DEALT_DIGITS;

/** Keeps what each position got of each day, about. */
export function tallyTo(daily: Map<Day, Float64Array>, size: number) {
  return (day: Day, position: number, units: number | bigint): void => {
    let row = daily.get(day);
    if (row === undefined) daily.set(day, (row = new Float64Array(size)));
    row[position] = (row[position] ?? 0) + Number(units) * UNIT;
  };
}

/** A topic's owner pays for what it stores and for what comes in, who reads pays for what goes out. */
export function kafkaSink(
  account: Books,
  who: Owners,
  { usage, topics, groups }: KafkaPlan,
  daily: Map<Day, Float64Array>,
): KafkaSink {
  const ofTopic = new Map(
    topics.map((topic) => {
      const owner = who.topic(topic)?.tenant;
      const shared = owner === undefined && usage.topics.get(topic)?.internal === true;
      return [topic, shared ? account.special.shared : account.indexOf(owner)] as const;
    }),
  );
  const topicTo = topics.map((topic) => ofTopic.get(topic) as number);
  const groupTo = groups.map(({ group, topic }) => {
    const owner = who.group(group)?.tenant;
    return owner === undefined ? (ofTopic.get(topic) ?? account.indexOf(undefined)) : account.indexOf(owner);
  });
  const outTo = [...groupTo, ...topicTo];
  const positions = new Map(topics.map((topic, position) => [topic, position]));
  const outOf = groups.map(({ topic }) => positions.get(topic) ?? 0);
  const tally = tallyTo(daily, topics.length);
  return sinkTo(
    account,
    (part, position) => (part === "out" ? outTo : topicTo)[position] as number,
    (day, part, position, units) =>
      tally(day, part !== "out" ? position : (outOf[position] ?? position - groups.length), units),
  );
}
