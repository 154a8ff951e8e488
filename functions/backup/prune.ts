import { choosePoints } from "../../shared/core/backup/keep/choose.ts";
import { holdKey, PRUNED, type Pruned, pointKey } from "../../shared/core/backup/keep/keys.ts";
import {
  type PlaceSituation,
  type Proven,
  planPlace,
  provePlace,
  type Removals,
} from "../../shared/core/backup/keep/plan.ts";
import { chainOrder, ORPHAN_AFTER_MS } from "../../shared/core/backup/keep/prune.ts";
import type { Fate, Keep } from "../../shared/core/backup/keep/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, type DurationMs, type Millis } from "../../shared/core/kernel/time.ts";
import { listHolds } from "./holds.ts";
import { ahead } from "./list-all.ts";
import { readPapers } from "./papers.ts";
import type { Place } from "./place.ts";
import { type KnownPoint, knownPoints, type Scan, scanPlace, WIDTH } from "./prune-scan.ts";

/** A hold that is put on a point while it is being marked starts the plan anew; more often nobody does that. */
const ROUNDS = 3;
/** An upload that began so long ago is nobody's any more: no turn of a function, and no worker's object, takes a day. */
const UPLOAD_MS: DurationMs = DAY_MS;

export interface PruneOptions {
  readonly now: Millis;
  readonly dryRun?: boolean;
  /** Runs under way, and the point each builds on. */
  readonly running?: readonly { readonly id: string; readonly base?: string }[];
  /** Points that somebody reads at the moment (a restore, a drill, a verification), with what that is. */
  readonly inUse?: ReadonlyMap<string, string>;
  /** Default: a day; longer where a run may take longer. */
  readonly orphanAfterMs?: DurationMs;
}

export interface PrunedPlace {
  readonly place: string;
  /** `planned`: dry run. `refused`: the proof failed, nothing was touched. `failed`: broke off in passing; pruning again goes on there. */
  readonly status: "done" | "planned" | "refused" | "failed";
  /** Why it was refused or broke off. */
  readonly why?: string;
  /** Points that are listed no more, but whose data a kept point needs. */
  readonly retired: readonly string[];
  /** Runs that never became a point and left something behind. */
  readonly orphans: readonly string[];
  readonly objects: number;
  readonly freedBytes: number;
  /** What the destination would not let go of (object lock): it stays and is tried again next time. */
  readonly locked: readonly { readonly key: string; readonly why: string }[];
  readonly proof?: Proven;
}

export interface PruneResult {
  readonly plan: string;
  readonly at: Millis;
  readonly dryRun: boolean;
  readonly keep: readonly Fate[];
  readonly remove: readonly Fate[];
  readonly places: readonly PrunedPlace[];
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const EMPTY = { retired: [], orphans: [], objects: 0, freedBytes: 0, locked: [] };

interface Prepared {
  readonly scan: Scan;
  readonly removals: Removals;
  readonly proof: Proven;
}

/** Reckons what goes at one place and proves it; the papers are read twice, each time one after another. */
async function prepare(
  scans: readonly Scan[],
  scan: Scan,
  points: readonly KnownPoint[],
  situation: PlaceSituation,
): Promise<Prepared> {
  const places = [scan, ...scans.filter((other) => other !== scan)].map(({ place }) => place);
  const here = chainOrder(points.filter(({ id }) => scan.manifests.has(id)));
  // Objects of a kept point's other parts lie in its own folder, which the proof looks at as a whole.
  const papers = ({ manifest }: KnownPoint) => readPapers(places, manifest);
  const place = planPlace(situation);
  for await (const one of ahead([...here].reverse(), WIDTH, papers)) place.take(one);
  const removals = place.removals();
  const proof = provePlace(situation, removals);
  for await (const one of ahead(here, WIDTH, papers)) proof.take(one);
  return { scan, removals, proof: proof.result() };
}

/** Removes, and tells what could not be; what fails in passing is thrown. */
async function removeAll(place: Place, keys: readonly string[], locked: { key: string; why: string }[]): Promise<void> {
  const remove = async (key: string): Promise<void> => {
    try {
      await place.objects.remove(key);
    } catch (error) {
      if (error instanceof HeadgateError && error.retryable) throw error;
      locked.push({ key, why: message(error) });
    }
  };
  for await (const _ of ahead(keys, WIDTH, remove));
}

/**
 * Removes what `keep` does not keep, at every place that answers. A point is first marked everywhere, so that it is listed no more, and only then loses its data; what a kept
 * point needs of it stays. Breaking off at any moment leaves every listed point whole, and pruning again goes on there.
 *
 * @throws HeadgateError `backup.damaged` and `backup.version` where a manifest can be read nowhere (nothing was touched), `objects.unavailable` where no place answers
 */
export async function prune(
  places: readonly Place[],
  plan: string,
  keep: Keep,
  options: PruneOptions,
): Promise<PruneResult> {
  for (let round = 1; ; round += 1) {
    const result = await pruneOnce(places, plan, keep, options);
    if (result) return result;
    if (round === ROUNDS)
      throw new HeadgateError("backup.busy", `holds of ${plan} changed again and again while it was pruned`, {
        retryable: true,
      });
  }
}

async function pruneOnce(
  places: readonly Place[],
  plan: string,
  keep: Keep,
  { now, dryRun = false, running = [], inUse = new Map(), orphanAfterMs = ORPHAN_AFTER_MS }: PruneOptions,
): Promise<PruneResult | undefined> {
  const looked = await Promise.allSettled(places.map((place) => scanPlace(place, plan)));
  const scans = looked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const silent = looked.flatMap((one, index): PrunedPlace[] =>
    one.status === "rejected"
      ? [{ place: places[index]?.name ?? "", status: "failed", why: message(one.reason), ...EMPTY }]
      : [],
  );
  if (scans.length === 0)
    throw new HeadgateError(
      "objects.unavailable",
      `no destination of ${plan} answers: ${silent[0]?.why ?? "it has none"}`,
      {
        retryable: true,
      },
    );
  const reachable = scans.map(({ place }) => place);
  const holds = await listHolds(reachable, plan);
  const points = await knownPoints(scans, plan);
  const stood = new Map(inUse);
  for (const { id, base } of running)
    if (base !== undefined) stood.set(base, `the run ${id} that is under way builds on it`);
  const choice = choosePoints(
    points.filter((one) => !one.pruned),
    keep,
    holds,
    now,
    stood,
  );
  const kept = new Set(choice.keep.map(({ id }) => id));
  const removed = new Set(choice.remove.map(({ id }) => id));
  const marked = new Set(scans.flatMap((scan) => [...scan.pruned]));
  const prepared: Prepared[] = [];
  for (const scan of scans) {
    const { lying } = scan;
    const gone = new Set([...removed, ...marked]);
    const ids = new Set(running.map(({ id }) => id));
    prepared.push(await prepare(scans, scan, points, { plan, lying, kept, gone, running: ids, now, orphanAfterMs }));
  }
  const told = { plan, at: now, dryRun, ...choice };
  if (dryRun) return { ...told, places: [...prepared.map((one) => outcome(one, "planned", [])), ...silent] };
  const sound = prepared.filter(({ proof }) => proof.broken.length === 0);
  if (!(await mark(sound, plan, now))) return undefined;
  const done: PrunedPlace[] = [];
  for (const one of prepared)
    done.push(sound.includes(one) ? await sweep(one, now) : outcome(one, "refused", [], refusal(one.proof)));
  // Marks go last, and only when nobody holds the point any more: a place that was away must not bring it back.
  if (silent.length === 0 && done.every(({ status, locked }) => status === "done" && locked.length === 0))
    await unmark(sound, plan);
  return { ...told, places: [...done, ...silent] };
}

const refusal = ({ broken }: Proven): string =>
  `pruning would break ${broken.map(({ id, missing }) => `${id} (${missing[0]}${missing.length > 1 ? `, and ${missing.length - 1} more` : ""})`).join("; ")}`;

const outcome = (
  { scan, removals, proof }: Prepared,
  status: PrunedPlace["status"],
  locked: PrunedPlace["locked"],
  why?: string,
): PrunedPlace => ({
  place: scan.place.name,
  status,
  retired: removals.retired,
  orphans: removals.orphans,
  objects: status === "refused" ? 0 : removals.data.length + removals.papers.length - locked.length,
  freedBytes: status === "refused" ? 0 : removals.freedBytes - lockedBytes(removals, locked),
  locked,
  proof,
  ...(why === undefined ? {} : { why }),
});

function lockedBytes({ data, papers }: Removals, locked: PrunedPlace["locked"]): number {
  const keys = new Set(locked.map(({ key }) => key));
  return [...data, ...papers].reduce((sum, { key, size }) => sum + (keys.has(key) ? size : 0), 0);
}

/** Marks everywhere. False: a point came under a hold in between; its marks are taken back, and the plan has to be made anew. */
async function mark(sound: readonly Prepared[], plan: string, now: Millis): Promise<boolean> {
  const ids = [...new Set(sound.flatMap(({ removals }) => removals.mark))];
  for (const { scan, removals } of sound)
    for await (const _ of ahead(removals.mark, WIDTH, (id) => {
      const body: Pruned = { v: 1, id, at: now };
      return scan.place.objects.put(pointKey(plan, id, PRUNED), JSON.stringify(body));
    }));
  const heldNow: string[] = [];
  const isHeld = async (id: string) => {
    const heads = await Promise.all(sound.map(({ scan }) => scan.place.objects.head(holdKey(plan, id))));
    if (heads.some((one) => one !== undefined)) heldNow.push(id);
  };
  for await (const _ of ahead(ids, WIDTH, isHeld));
  for (const id of heldNow) for (const { scan } of sound) await scan.place.objects.remove(pointKey(plan, id, PRUNED));
  return heldNow.length === 0;
}

/** What is kept does not depend on it: a place that does not let us look for uploads is pruned all the same. */
const giveUpUploads = (place: Place, now: Millis): Promise<unknown> =>
  place.abandon?.(now - UPLOAD_MS).catch(() => undefined) ?? Promise.resolve();

async function sweep(one: Prepared, now: Millis): Promise<PrunedPlace> {
  const { scan, removals } = one;
  const locked: { key: string; why: string }[] = [];
  try {
    await giveUpUploads(scan.place, now);
    await removeAll(
      scan.place,
      removals.data.map(({ key }) => key),
      locked,
    );
    // While its data cannot go, the papers of a point stay: they tell what it is.
    if (locked.length === 0) {
      const manifest = ({ key }: { readonly key: string }) => key.endsWith("/manifest.json");
      await removeAll(
        scan.place,
        removals.papers.filter((paper) => !manifest(paper)).map(({ key }) => key),
        locked,
      );
      await removeAll(
        scan.place,
        removals.papers.filter(manifest).map(({ key }) => key),
        locked,
      );
    }
    return outcome(one, "done", locked);
  } catch (error) {
    return outcome(one, "failed", locked, message(error));
  }
}

async function unmark(sound: readonly Prepared[], plan: string): Promise<void> {
  for (const { scan, removals } of sound) {
    const retired = new Set(removals.retired);
    const old = removals.marks.map(({ key }) => key);
    const fresh = removals.mark.filter((id) => !retired.has(id)).map((id) => pointKey(plan, id, PRUNED));
    await removeAll(scan.place, [...old, ...fresh], []);
  }
}
