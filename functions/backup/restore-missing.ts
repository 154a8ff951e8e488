import type { ObjectRef } from "../../shared/core/backup/format/types.ts";
import { idOf, MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import type { RestorePlan } from "../../shared/core/backup/restore/types.ts";
import { bounded } from "../bounded.ts";
import { listAll } from "./list-all.ts";
import type { Point } from "./load-point.ts";
import type { Place } from "./place.ts";
import { refsIn } from "./refs-in.ts";

/** So many objects of one point are asked for one by one; of more, what is there is listed. */
const ASKED = 8;
/** Objects that are told by name. */
const TOLD = 1_000;

type Missing = NonNullable<RestorePlan["missing"]>[number];

/** What a plan would read, by the point whose objects they are. */
async function neededOf(point: Point, plan: RestorePlan) {
  const needed = new Map<string, Map<string, ObjectRef>>();
  const unlisted = new Map<string, Missing>();
  const need = (id: string, ref: ObjectRef) => {
    const of = needed.get(id) ?? new Map<string, ObjectRef>();
    needed.set(id, of.set(ref.key, ref));
  };
  for (const { source, parts } of plan.topics)
    for (const { partition, from, to, next } of parts)
      for (const { point: id, chunk } of await point.chunks(source, partition)) {
        if (chunk.last < Math.max(from, next) || chunk.first >= to) continue;
        const { manifest } = id === point.id ? point : await point.earlier(id);
        const ref = manifest.objects[chunk.object];
        const key = pointKey(point.plan, id, MANIFEST);
        if (ref) need(id, ref);
        else unlisted.set(key, { key, why: `${key} does not list object ${chunk.object}, which is needed` });
      }
  if (plan.jobs.some(({ matches }) => matches))
    for (const ref of refsIn(await point.part("flink")))
      if (ref.key.startsWith("data/")) need(idOf(ref.key) ?? point.id, ref);
  return { needed, unlisted: [...unlisted.values()] };
}

/** Sizes of what one place has of the objects. @throws HeadgateError of the place */
async function sizesAt(place: Place, prefix: string, refs: ReadonlyMap<string, ObjectRef>) {
  const sizes = new Map<string, number>();
  if (refs.size <= ASKED)
    await bounded([...refs.keys()], ASKED, async (key) => {
      const found = await place.objects.head(key);
      if (found) sizes.set(key, found.size);
    });
  else
    for await (const { key, size } of listAll(place, prefix)) {
      if (refs.has(key)) sizes.set(key, size);
      if (sizes.size === refs.size) break;
    }
  return sizes;
}

/**
 * Looks whether the objects that a plan would read are there, at their full length, at some place; nothing of them is read. As a restore does, it goes to the next place only
 * for what the one before does not have.
 *
 * @throws HeadgateError of what tells which objects they are
 */
async function missingObjects(point: Point, plan: RestorePlan): Promise<readonly Missing[]> {
  const { needed, unlisted } = await neededOf(point, plan);
  const missing: Missing[] = [...unlisted];
  for (const [id, refs] of needed) {
    const left = new Map(refs);
    const said = new Map<string, string[]>();
    for (const place of point.places) {
      if (left.size === 0) break;
      const { name } = place;
      let sizes: ReadonlyMap<string, number> | undefined;
      let trouble = "";
      try {
        sizes = await sizesAt(place, `data/${point.plan}/${id}/`, left);
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
      }
      for (const [key, { size }] of left) {
        const found = sizes?.get(key);
        if (found !== undefined && found >= size) {
          left.delete(key);
          continue;
        }
        const what = found === undefined ? `is not at ${name}` : `has ${found} of ${size} bytes at ${name}`;
        said.set(key, [...(said.get(key) ?? []), sizes ? what : `cannot be looked for at ${name} (${trouble})`]);
      }
    }
    for (const key of left.keys()) missing.push({ key, why: `it ${(said.get(key) ?? []).join(", ")}` });
  }
  return missing.length <= TOLD
    ? missing
    : [...missing.slice(0, TOLD), { key: "", why: `${missing.length - TOLD} more objects are missing` }];
}

/** The plan with what is missing for it, and a warning of it. @throws as {@link missingObjects} */
export async function withMissing(point: Point, plan: RestorePlan): Promise<RestorePlan> {
  const missing = await missingObjects(point, plan);
  if (missing.length === 0) return plan;
  const warning = `${missing.length === 1 ? "1 object" : `${missing.length} objects`} that this needs can be had at no destination: what lies in them would not come`;
  return { ...plan, missing, warnings: [...plan.warnings, warning] };
}
