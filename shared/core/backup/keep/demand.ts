import type { Offset } from "../../kernel/streams.ts";
import type { KafkaPart, Manifest } from "../format/types.ts";

/** What a point says of itself; `kafka` is absent where it has none, and "unreadable" where nobody can tell what it needs. */
export interface PointPapers {
  readonly manifest: Manifest;
  readonly kafka?: KafkaPart | "unreadable";
}

const partitionName = (topicId: string, partition: number): string => `${topicId}/${partition}`;

/** Takes papers one after another, the newest point first, and says what of each is needed by a point that is kept. */
export interface Demand {
  /** Keys of the data objects of this point that are needed; "all" for a point that is kept, or one of which it cannot be told. */
  take(papers: PointPapers, kept: boolean): "all" | ReadonlySet<string>;
}

/** A kept point that wants something of a partition: what its chain may lead to, and from which offset on its log begins. */
interface Asker {
  readonly needs: ReadonlySet<string>;
  readonly from: Offset;
}

/**
 * Follows every partition of every kept point down its chain of bases, as `heldChunks` of format/chain.ts does for one: only to what stands in that very point's `needs`,
 * and without chunks that lie wholly before the start of the log at its cut. Newest first, so that it is known of each point what the younger ones want of it when its
 * turn comes: only that is in memory, whatever the number of points.
 */
export function demandOf(): Demand {
  /** By point: partitions that are wanted of it, and by whom. */
  const wanted = new Map<string, Map<string, readonly Asker[]>>();
  const unclear = new Set<string>();
  const seen = new Set<string>();
  const covered = new WeakMap<ReadonlySet<string>, WeakSet<ReadonlySet<string>>>();
  /** Whatever of the points that are still to come is in `b` is in `a`; once so, always so. */
  const covers = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => {
    if (a === b || covered.get(a)?.has(b)) return true;
    for (const id of b) if (!a.has(id) && !seen.has(id)) return false;
    covered.set(a, (covered.get(a) ?? new WeakSet()).add(b));
    return true;
  };
  /** Who asks for less than somebody else is forgotten: as a rule only the oldest is left. */
  const join = (known: readonly Asker[], more: readonly Asker[]): readonly Asker[] => {
    const less = (one: Asker, than: Asker) => than.from <= one.from && covers(than.needs, one.needs);
    let all = known;
    for (const one of more)
      if (!all.some((other) => less(one, other))) all = [...all.filter((other) => !less(other, one)), one];
    return all;
  };
  const want = (id: string, partition: string, askers: readonly Asker[]): void => {
    let known = wanted.get(id);
    if (!known) wanted.set(id, (known = new Map()));
    known.set(partition, join(known.get(partition) ?? [], askers));
  };
  return {
    take({ manifest, kafka }, kept) {
      const { id } = manifest;
      const demanded = wanted.get(id);
      wanted.delete(id);
      seen.add(id);
      const all = kept || unclear.has(id);
      if (!all && !demanded) return new Set();
      if (kafka === "unreadable") {
        for (const need of manifest.needs) unclear.add(need.id);
        return "all";
      }
      const needs = new Set(manifest.needs.map((need) => need.id));
      const keys = new Set<string>();
      for (const topic of kafka?.topics ?? [])
        for (const { partition, logStart, chunks, base } of topic.partitions) {
          const name = partitionName(topic.id, partition);
          const askers = join(demanded?.get(name) ?? [], all ? [{ needs, from: logStart }] : []);
          if (askers.length === 0) continue;
          const from = Math.min(...askers.map((one) => one.from));
          for (const { object, last } of chunks) {
            const key = last < from ? undefined : manifest.objects[object]?.key;
            if (key !== undefined) keys.add(key);
          }
          const further = base === undefined ? [] : askers.filter((one) => one.needs.has(base));
          if (base !== undefined && further.length > 0) want(base, name, further);
        }
      return all ? "all" : keys;
    },
  };
}

/** Takes papers one after another, the OLDEST point first, and says what is missing of each. */
export interface Proof {
  take(papers: PointPapers): readonly string[];
}

/** A partition of which something is missing, at a point or below it. */
interface Lost {
  /** Last offset of the last chunk of the point's own that is missing. */
  readonly upTo: Offset;
  readonly base?: string;
  /** The base is not there: all up to this is missing. */
  readonly before?: Offset;
  readonly below?: Lost;
}

/** Up to where something is missing for a reader that follows only what stands in `needs`. */
function missingUpTo(lost: Lost, needs: ReadonlySet<string>): Offset {
  let upTo = Number.NEGATIVE_INFINITY;
  for (let at: Lost | undefined = lost; at; ) {
    upTo = Math.max(upTo, at.upTo);
    if (at.base === undefined || !needs.has(at.base)) break;
    upTo = Math.max(upTo, at.before ?? upTo);
    at = at.below;
  }
  return upTo;
}

/**
 * Proves the other way round what {@link demandOf} has reckoned: from the oldest point on, which partitions are whole when only the keys of `has` are there. A point is
 * proven by an empty answer. Only of partitions that are not whole it is kept in mind how far they are not.
 */
export function proofOf(has: (key: string) => boolean, keyOf: (id: string, file: string) => string): Proof {
  const seen = new Set<string>();
  const lost = new Map<string, Map<string, Lost>>();
  return {
    take({ manifest, kafka }) {
      const { id, objects, parts } = manifest;
      const needs = new Set(manifest.needs.map((need) => need.id));
      seen.add(id);
      const wanted = [keyOf(id, "manifest.json"), ...[...parts, ...objects].map(({ key }) => key)];
      const missing = [...wanted, ...[...needs].map((need) => keyOf(need, "manifest.json"))].filter((key) => !has(key));
      if (kafka === "unreadable") return [...missing, `${keyOf(id, "kafka.json")} (cannot be read)`];
      const mine = new Map<string, Lost>();
      for (const topic of kafka?.topics ?? [])
        for (const { partition, logStart, chunks, base } of topic.partitions) {
          const name = partitionName(topic.id, partition);
          let upTo = Number.NEGATIVE_INFINITY;
          for (const { object, last } of chunks) {
            const key = objects[object]?.key;
            if (key === undefined || !has(key)) upTo = Math.max(upTo, last);
          }
          const there = base === undefined || (seen.has(base) && has(keyOf(base, "kafka.json")));
          // All that a base leads to lies before what goes on from it. Whether that is still wanted is for each point to say.
          const before = there ? {} : { before: chunks[0] ? chunks[0].first - 1 : Number.POSITIVE_INFINITY };
          const below = base === undefined || !there ? undefined : lost.get(base)?.get(name);
          if (there && !below && upTo === Number.NEGATIVE_INFINITY) continue;
          const one: Lost = { upTo, ...before, ...(base === undefined ? {} : { base }), ...(below ? { below } : {}) };
          mine.set(name, one);
          if (missingUpTo(one, needs) >= logStart)
            missing.push(`${topic.name}-${partition}${base === undefined ? "" : ` as of ${base}`}`);
        }
      if (mine.size > 0) lost.set(id, mine);
      return missing;
    },
  };
}
