import type { Millis } from "../../kernel/time.ts";
import { demandOf, type PointPapers, proofOf } from "./demand.ts";
import { idOf, MANIFEST, PRUNED, pointKey } from "./keys.ts";

/** What lies at a destination below one key. */
export interface Lying {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Millis;
}

export interface PlaceSituation {
  readonly plan: string;
  /** Everything below points/, data/, work/ and verified/ of this plan. */
  readonly lying: readonly Lying[];
  /** Points that stay. */
  readonly kept: ReadonlySet<string>;
  /** Points that go, and those that were pruned before. */
  readonly gone: ReadonlySet<string>;
  /** Runs under way: nothing of theirs is an orphan. */
  readonly running: ReadonlySet<string>;
  readonly now: Millis;
  /** What a run without a restore point left behind is removed when its youngest object is older than this, ms. */
  readonly orphanAfterMs: number;
}

/**
 * What is removed at one destination, in this order; a crash after any step leaves every listed point whole, because a point stops being listed before the first
 * of its objects goes.
 */
export interface Removals {
  /** Points that are marked as pruned. */
  readonly mark: readonly string[];
  /** Data, verifications and work of points that are marked, and orphans. */
  readonly data: readonly Lying[];
  /** Papers of marked points that no kept point needs: the manifest is the last of each. */
  readonly papers: readonly Lying[];
  /** Marks of points of which nothing is left afterwards. */
  readonly marks: readonly Lying[];
  /** Points that went but whose data a kept point needs. */
  readonly retired: readonly string[];
  readonly orphans: readonly string[];
  readonly freedBytes: number;
}

/** Begins the plan of one destination: take the papers of every point there is, the NEWEST first, then ask for the removals. */
export function planPlace(situation: PlaceSituation): {
  take(papers: PointPapers): void;
  removals(): Removals;
} {
  const { plan, lying, kept, gone, running, now, orphanAfterMs } = situation;
  const demand = demandOf();
  const needed = new Set<string>();
  const whole = new Set<string>();
  const retired = new Set<string>();
  return {
    take(papers) {
      const { id, parts, objects } = papers.manifest;
      const isKept = kept.has(id);
      const keys = demand.take(papers, isKept);
      if (keys === "all") {
        whole.add(id);
        for (const { key } of [...parts, ...objects]) needed.add(key);
      } else {
        for (const key of keys) needed.add(key);
        if (keys.size === 0) return;
      }
      if (!isKept) retired.add(id);
    },
    removals() {
      const youngest = new Map<string, Millis>();
      const marked = new Set<string>();
      const listed = new Set<string>();
      for (const { key, modifiedAt } of lying) {
        const id = idOf(key);
        if (id === undefined) continue;
        youngest.set(id, Math.max(youngest.get(id) ?? modifiedAt, modifiedAt));
        if (key === pointKey(plan, id, PRUNED)) marked.add(id);
        if (key === pointKey(plan, id, MANIFEST)) listed.add(id);
      }
      const isOrphan = (id: string): boolean =>
        !kept.has(id) &&
        !gone.has(id) &&
        !running.has(id) &&
        !listed.has(id) &&
        now - (youngest.get(id) ?? now) > orphanAfterMs;
      const data: Lying[] = [];
      const papers: Lying[] = [];
      const marks: Lying[] = [];
      const orphans = new Set<string>();
      for (const one of lying) {
        const { key } = one;
        const id = idOf(key);
        if (id === undefined || needed.has(key)) continue;
        const orphan = isOrphan(id);
        if (orphan) orphans.add(id);
        else if (!gone.has(id) || whole.has(id)) continue;
        if (!key.startsWith("points/")) data.push(one);
        else if (key === pointKey(plan, id, PRUNED)) {
          if (!retired.has(id)) marks.push(one);
        } else if (!retired.has(id)) papers.push(one);
      }
      // The manifest goes last: until then what is left of the point can be told from it.
      papers.sort((a, b) => Number(a.key.endsWith(`/${MANIFEST}`)) - Number(b.key.endsWith(`/${MANIFEST}`)));
      return {
        mark: [...gone].filter((id) => listed.has(id) && !marked.has(id)),
        data,
        papers,
        marks,
        retired: [...retired],
        orphans: [...orphans],
        freedBytes: [...data, ...papers].reduce((sum, { size }) => sum + size, 0),
      };
    },
  };
}

/** What the proof found of one destination. */
export interface Proven {
  /** Kept points that were looked through. */
  readonly points: number;
  /** Kept points that the removals would break, and what each would miss. Empty: pruning may go on. */
  readonly broken: readonly { readonly id: string; readonly missing: readonly string[] }[];
  /** Kept points that are not whole at this destination as it is, whatever is removed. */
  readonly damaged: readonly { readonly id: string; readonly missing: readonly string[] }[];
}

/**
 * Checks anew, apart from how the removals were reckoned, that every kept point has all it needs when they are gone: take the papers of every point, the OLDEST first.
 */
export function provePlace(situation: Pick<PlaceSituation, "plan" | "lying" | "kept">, removals: Removals) {
  const removed = new Set([...removals.data, ...removals.papers].map(({ key }) => key));
  /** Of each point, what is removed of its own folders: of a kept one nothing may be. */
  const own = new Map<string, string[]>();
  for (const key of removed) {
    const id = idOf(key);
    if (id !== undefined && situation.kept.has(id)) own.set(id, [...(own.get(id) ?? []), key]);
  }
  const there = new Set(situation.lying.map(({ key }) => key));
  const keyOf = (id: string, file: string) => pointKey(situation.plan, id, file);
  const before = proofOf((key) => there.has(key), keyOf);
  const after = proofOf((key) => there.has(key) && !removed.has(key), keyOf);
  const broken: { id: string; missing: readonly string[] }[] = [];
  const damaged: { id: string; missing: readonly string[] }[] = [];
  let points = 0;
  return {
    take(papers: PointPapers): void {
      const { id } = papers.manifest;
      const [was, is] = [before.take(papers), after.take(papers)];
      if (!situation.kept.has(id)) return;
      points += 1;
      if (was.length > 0) damaged.push({ id, missing: was });
      const lost = [...new Set([...is.filter((one) => !was.includes(one)), ...(own.get(id) ?? [])])];
      if (lost.length > 0) broken.push({ id, missing: lost });
    },
    result: (): Proven => ({ points, broken, damaged }),
  };
}
