import type { ObjectRef } from "../../shared/core/backup/format/types.ts";
import type { Verification, VerifyFault } from "../../shared/core/backup/format/verification.ts";
import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { bounded } from "../bounded.ts";
import { loadPoint, type Point } from "./load-point.ts";
import { openManifest, sealed } from "./manifest.ts";
import type { Place } from "./place.ts";
import { faultOf } from "./points.ts";
import { refsIn } from "./refs-in.ts";
import { verifyObject } from "./verify-object.ts";
import { verifyCatalogue, verifyRecords } from "./verify-records.ts";
import { verifyReports } from "./verify-reports.ts";
import { putAll } from "./write-all.ts";

/** Objects of one place that are read at a time, 4 MiB of each. */
const AT_ONCE = 4;
const TOLD = 1_000;

export interface VerifyProgress {
  readonly bytes: number;
  /** What there is to read, over all places. */
  readonly ofBytes: number;
  readonly objects: number;
  readonly ofObjects: number;
  readonly records: number;
}

export interface VerifyOptions {
  readonly deep?: boolean;
  readonly onlyNew?: boolean;
  readonly onProgress?: (progress: VerifyProgress) => void;
  readonly signal?: AbortSignal;
  readonly now?: () => Millis;
}

/** The objects of one point, its manifest apart. */
async function objectsOf(point: Point, onFault: (fault: VerifyFault) => void): Promise<ObjectRef[]> {
  const refs: ObjectRef[] = [...point.manifest.parts, ...point.manifest.objects];
  for (const { kind, key } of point.manifest.parts) {
    if (kind === "kafka") continue;
    try {
      refsIn(await point.part(kind), refs);
    } catch (error) {
      onFault({ place: point.places[0]?.name ?? "", key, what: (error as Error).message });
    }
  }
  return [...new Map(refs.map((ref) => [ref.key, ref])).values()];
}

/** Of earlier points only what this one still needs: a younger log start makes the rest superfluous, and pruning may have taken it. */
async function neededOf(point: Point, onFault: (fault: VerifyFault) => void): Promise<readonly ObjectRef[]> {
  const needed = new Map<string, ObjectRef>();
  const kafka = await point.part("kafka");
  for (const { name, partitions } of kafka?.topics ?? [])
    for (const { partition } of partitions)
      for (const { point: id, chunk } of await point.chunks(name, partition)) {
        if (id === point.id) continue;
        const owner = await point.earlier(id);
        const ref = owner.manifest.objects[chunk.object];
        if (ref) needed.set(ref.key, ref);
        else {
          const key = pointKey(owner.plan, id, MANIFEST);
          onFault({
            place: "",
            key,
            what: `${key} does not list object ${chunk.object}, which ${name}-${partition} needs`,
          });
        }
      }
  return [...needed.values()];
}

interface Findings {
  readonly add: (fault: VerifyFault) => void;
  readonly unreachable: Set<string>;
  readonly counted: (bytes: number) => void;
}

/** A manifest at one place against its own hash and, unless it is `undefined`, the one that is known of it. Whether the place has one. */
async function verifyManifest(
  place: Place,
  plan: string,
  need: { readonly id: string; readonly sha256: string | undefined },
  { add, unreachable, counted }: Findings,
): Promise<boolean> {
  const key = pointKey(plan, need.id, MANIFEST);
  const where = `${key} at ${place.name}`;
  const fault = (what: string) => add({ place: place.name, key, what });
  try {
    const bytes = await place.objects.get(key);
    if (!bytes) {
      fault(`${where} is not there`);
      return false;
    }
    counted(bytes.length);
    const { sha256 } = openManifest(bytes, where, { plan, id: need.id });
    if (need.sha256 !== undefined && sha256 !== need.sha256) fault(`${where} is not the one it should be`);
  } catch (error) {
    const { code, what } = faultOf(place, key, error);
    if (code === "objects.unavailable") unreachable.add(place.name);
    else fault(what);
  }
  return true;
}

/** All objects that the point needs. `trouble`: a paper cannot be read anywhere, and so nobody knows of what it would name. */
async function allObjects(
  point: Point,
  onlyNew: boolean,
  add: (fault: VerifyFault) => void,
): Promise<{ readonly refs: readonly ObjectRef[]; readonly trouble?: HeadgateError }> {
  const refs = await objectsOf(point, add);
  let trouble: HeadgateError | undefined;
  const tried = async (work: () => Promise<readonly ObjectRef[]>) => {
    try {
      refs.push(...(await work()));
    } catch (error) {
      if (!isDamage(error)) throw error;
      trouble ??= error;
    }
  };
  for (const { id } of onlyNew ? [] : point.manifest.needs)
    await tried(async () => (await point.earlier(id)).manifest.parts.filter(({ kind }) => kind === "kafka"));
  if (!onlyNew) await tried(() => neededOf(point, add));
  const unique = [...new Map(refs.map((ref) => [ref.key, ref])).values()];
  return { refs: unique, ...(trouble ? { trouble } : {}) };
}

const isDamage = (error: unknown): error is HeadgateError =>
  error instanceof HeadgateError && (error.code === "backup.damaged" || error.code === "backup.version");

/**
 * Reads every byte of a restore point and of all it needs at every place and holds it against its hash; `deep` also decodes every record and counts. A place that has not
 * got the point is a fault, named by its manifest; one that does not answer is none. What was found is kept at the places.
 *
 * @throws HeadgateError `backup.unknown` where there is no such point; `objects.unavailable` where no place answers; the signal's reason. What is damaged is in the answer.
 */
export async function verifyPoint(
  places: readonly Place[],
  plan: string,
  id: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { deep = false, onlyNew = false, signal } = options;
  const now = options.now ?? Date.now;
  const at = Math.floor(now());
  const faults = new Map<string, VerifyFault>();
  const add = (fault: VerifyFault) => faults.set(`${fault.place} ${fault.key} ${fault.what}`, fault);
  const unreachable = new Set<string>();
  const sum = { bytes: 0, objects: 0, records: 0 };
  const all = { ofBytes: 0, ofObjects: 0 };
  const tell = () => options.onProgress?.({ ...sum, ...all });
  const counted = (bytes: number) => {
    sum.bytes += bytes;
    tell();
  };
  const findings = { add, unreachable, counted };

  const verifyPlace = async (place: Place, point: Point, refs: readonly ObjectRef[]) => {
    const there = await verifyManifest(place, plan, { id, sha256: point.sha256 }, findings);
    if (unreachable.has(place.name)) return;
    const [first] = refs;
    // Nothing of the point is here: that is one fault, not one for each object.
    if (!there && (!first || !(await place.objects.head(first.key)))) return;
    for (const need of onlyNew ? [] : point.manifest.needs) {
      signal?.throwIfAborted();
      await verifyManifest(place, plan, need, findings);
      sum.objects += 1;
    }
    await bounded(refs, AT_ONCE, async (ref) => {
      signal?.throwIfAborted();
      const found = await verifyObject(place, ref, counted);
      if (found) add({ place: place.name, key: ref.key, ...found });
      sum.objects += 1;
    });
  };

  const verifyKafka = async (point: Point) => {
    const key = pointKey(plan, id, "kafka.json");
    const kafka = await point.part("kafka");
    for (const topic of onlyNew && !deep ? [] : (kafka?.topics ?? []))
      for (const part of topic.partitions) {
        signal?.throwIfAborted();
        const named = `${topic.name}-${part.partition}`;
        const inKafka = (what: string) => add({ place: "", key, what: `${key}: ${named}: ${what}` });
        for (const what of verifyCatalogue(part, await point.chunks(topic.name, part.partition))) inKafka(what);
        if (!deep) continue;
        const count = (records: number) => {
          sum.records += records;
          tell();
        };
        for (const { key: object, what } of await verifyRecords(point, topic.name, part, onlyNew, count))
          if (object === undefined) inKafka(what);
          else add({ place: "", key: object, what: `${object}: ${named}: ${what}` });
      }
  };

  let manifest: string | undefined;
  const walk = async () => {
    const point = await loadPoint(places, plan, id);
    manifest = point.sha256;
    const { refs, trouble } = await allObjects(point, onlyNew, add);
    all.ofObjects = (refs.length + 1 + (onlyNew ? 0 : point.manifest.needs.length)) * places.length;
    all.ofBytes = refs.reduce((bytes, { size }) => bytes + size, 0) * places.length;
    await Promise.all(places.map((place) => verifyPlace(place, point, refs)));
    const usable = refs.every(({ key }) => places.some(({ name }) => !unreachable.has(name) && !hasFault(name, key)));
    const before = faults.size;
    try {
      await verifyKafka(point);
    } catch (error) {
      if (!isDamage(error)) throw error;
      // Its bytes were found damaged above, as a rule; else that nobody can look into it is all there is to say.
      if (before === 0) add({ place: "", key: pointKey(plan, id, "kafka.json"), what: error.message });
      return false;
    }
    return usable && !trouble && faults.size === before;
  };
  const hasFault = (place: string, key: string) =>
    [...faults.values()].some((one) => one.place === place && one.key === key);

  let usable = false;
  try {
    usable = await walk();
  } catch (error) {
    if (!isDamage(error)) throw error;
    // No place has a manifest in order: what is wrong with each is all there is to say.
    for (const place of places) await verifyManifest(place, plan, { id, sha256: undefined }, findings);
    if (faults.size === 0) add({ place: "", key: pointKey(plan, id, MANIFEST), what: error.message });
  }
  if (unreachable.size === places.length)
    throw new HeadgateError("objects.unavailable", `none of ${places.map(({ name }) => name).join(", ")} answers`, {
      retryable: true,
    });
  // After the rest: they say nothing of whether the point can be used.
  for (const place of places)
    if (!onlyNew && !unreachable.has(place.name))
      for (const fault of await verifyReports(place, plan, id, manifest)) add(fault);
  const found = [...faults.values()];
  const [worst] = found;
  const good = `${deep ? "every byte and every record" : "every byte"} is as it was written`;
  const unknown = unreachable.size === 0 ? "" : `; ${[...unreachable].join(", ")} did not answer`;
  const verification: Verification = {
    ...(manifest === undefined ? {} : { manifest }),
    ...{ v: 1, plan, id, at, finishedAt: Math.floor(now()), deep, onlyNew, ok: found.length === 0, usable },
    text: `${worst ? `${found.length === 1 ? "" : `${found.length} faults, the first: `}${worst.what}` : good}${unknown}`,
    faults: found.slice(0, TOLD),
    places: places.map(({ name }) => name).filter((name) => !unreachable.has(name)),
    unreachable: [...unreachable],
    ...{ objects: sum.objects, bytes: sum.bytes, records: sum.records },
  };
  await putAll(places, `verified/${plan}/${id}/${at}.json`, sealed(verification), {
    contentType: "application/json",
  });
  return verification;
}
