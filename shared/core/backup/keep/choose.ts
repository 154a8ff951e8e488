import { formatDuration, type Millis } from "../../kernel/time.ts";
import { bucketOf, SPANS, type Span } from "./buckets.ts";
import type { Choice, Hold, Keep, PointFacts } from "./types.ts";

const NAMES: Readonly<Record<Span, readonly [one: string, many: string]>> = {
  hourly: ["hour", "hours"],
  daily: ["day", "days"],
  weekly: ["week", "weeks"],
  monthly: ["month", "months"],
  yearly: ["year", "years"],
};

/** Newest first; of one moment, the later name. */
const newestFirst = (a: PointFacts, b: PointFacts): number => b.cutAt - a.cutAt || (a.id < b.id ? 1 : -1);

/** How well a point can stand for its span: found damaged, at some destinations only, good. */
const worth = ({ whole, verified }: PointFacts): number => (verified === "failed" ? 0 : whole ? 2 : 1);

/** The best point of a span is its newest good one; where there is none, its newest. */
function best(points: readonly PointFacts[]): PointFacts | undefined {
  return points.reduce<PointFacts | undefined>(
    (found, one) => (found === undefined || worth(one) > worth(found) ? one : found),
    undefined,
  );
}

/**
 * Which points stay, grandfather-father-son: those younger than `all`, the best of each of the latest so many hours, days, ISO weeks, months and
 * years (UTC) that have one. Whatever the rules say, these stay too: the newest point (a run under way builds on it), the newest whole one, the
 * newest whole one that was verified, those under legal hold and those in `inUse`.
 *
 * @param inUse points that a run or restore under way stands on, with what that is
 */
export function choosePoints(
  points: readonly PointFacts[],
  keep: Keep,
  holds: readonly Hold[],
  now: Millis,
  inUse: ReadonlyMap<string, string> = new Map(),
): Choice {
  const sorted = [...points].sort(newestFirst);
  const why = new Map<string, string[]>(sorted.map(({ id }) => [id, []]));
  const say = (id: string | undefined, text: string): void => {
    if (id !== undefined) why.get(id)?.push(text);
  };
  for (const { id, cutAt } of sorted) {
    if (keep.all > 0 && now - cutAt < keep.all) say(id, `younger than ${formatDuration(keep.all)}`);
  }
  for (const span of SPANS) {
    const many = keep[span];
    if (many === 0) continue;
    const buckets = new Map<number, PointFacts[]>();
    for (const one of sorted) {
      const bucket = bucketOf(span, one.cutAt);
      const members = buckets.get(bucket);
      if (members) members.push(one);
      else buckets.set(bucket, [one]);
    }
    const [one, several] = NAMES[span];
    const text = `stands for its ${one}, one of the latest ${many === 1 ? one : `${many} ${several}`}`;
    for (const members of [...buckets.values()].slice(0, many)) say(best(members)?.id, text);
  }
  const good = sorted.filter(({ whole, verified }) => whole && verified !== "failed");
  say(sorted[0]?.id, "the newest point");
  say(good[0]?.id, "the newest whole point");
  say(good.find(({ verified }) => verified === "ok")?.id, "the newest whole point that was verified");
  for (const { id, reason, by } of holds) say(id, `under legal hold by ${by}: ${reason}`);
  for (const [id, what] of inUse) say(id, what);
  const fates = sorted.map(({ id }) => ({ id, why: why.get(id) ?? [] }));
  return {
    keep: fates.filter((fate) => fate.why.length > 0),
    remove: fates
      .filter((fate) => fate.why.length === 0)
      .map(({ id }) => ({ id, why: ["past every rule of keeping, and under no hold"] })),
  };
}
