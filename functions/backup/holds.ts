import { holdKey, MANIFEST, PRUNED, pointKey } from "../../shared/core/backup/keep/keys.ts";
import type { Hold } from "../../shared/core/backup/keep/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { listAll } from "./list-all.ts";
import type { Place } from "./place.ts";

const decoder = new TextDecoder();

/** One that cannot be read still holds: whoever wrote it meant something. */
function readHold(plan: string, id: string, bytes: Uint8Array, at: Millis): Hold {
  try {
    const value = JSON.parse(decoder.decode(bytes)) as Partial<Hold>;
    return {
      v: 1,
      plan,
      id,
      reason: typeof value.reason === "string" ? value.reason : "no reason given",
      by: typeof value.by === "string" ? value.by : "somebody",
      at: typeof value.at === "number" ? value.at : at,
    };
  } catch {
    return { v: 1, plan, id, reason: "the hold cannot be read", by: "somebody", at };
  }
}

/** Legal holds of a plan, or of all plans; one that lies at any place counts. By plan and id. */
export async function listHolds(places: readonly Place[], plan?: string): Promise<readonly Hold[]> {
  const found = new Map<string, Hold>();
  for (const place of places)
    for await (const { key, modifiedAt } of listAll(place, plan === undefined ? "holds/" : `holds/${plan}/`)) {
      const [, of, file] = key.split("/");
      if (!of || !file?.endsWith(".json") || found.has(key)) continue;
      const bytes = await place.objects.get(key);
      if (bytes) found.set(key, readHold(of, file.slice(0, -".json".length), bytes, modifiedAt));
    }
  return [...found.values()].sort((a, b) => (`${a.plan}/${a.id}` < `${b.plan}/${b.id}` ? -1 : 1));
}

export interface HoldAsk {
  readonly plan: string;
  readonly id: string;
  readonly reason: string;
  readonly by: string;
  readonly now: Millis;
}

/**
 * Keeps a point, and all it needs, until the hold is taken away. Holding it again replaces reason and name.
 *
 * @throws HeadgateError `backup.unknown` where no place has the point or it is being pruned, `input.invalid` without a reason; those of the places
 */
export async function addHold(places: readonly Place[], ask: HoldAsk): Promise<Hold> {
  const { plan, id, reason, by, now } = ask;
  if (reason.trim() === "")
    throw new HeadgateError("input.invalid", "a legal hold needs a reason", {
      faults: [{ path: "reason", message: "is missing", allowed: "why the point has to stay" }],
    });
  const has = await Promise.all(places.map(({ objects }) => objects.head(pointKey(plan, id, MANIFEST))));
  if (has.every((one) => one === undefined))
    throw new HeadgateError("backup.unknown", `there is no restore point ${id} of ${plan}`);
  const hold: Hold = { v: 1, plan, id, reason, by, at: now };
  await Promise.all(places.map(({ objects }) => objects.put(holdKey(plan, id), JSON.stringify(hold))));
  // Pruning marks first and then looks for a hold; we hold first and then look for a mark: one of the two is seen.
  const marks = await Promise.all(places.map(({ objects }) => objects.head(pointKey(plan, id, PRUNED))));
  if (marks.some((one) => one !== undefined)) {
    await removeHold(places, plan, id);
    throw new HeadgateError("backup.unknown", `${id} of ${plan} was pruned: there is nothing left to hold`);
  }
  return hold;
}

/**
 * @returns the hold that was taken away
 * @throws HeadgateError `backup.unknown` where there is none; those of the places
 */
export async function removeHold(places: readonly Place[], plan: string, id: string): Promise<Hold> {
  const key = holdKey(plan, id);
  const found = await Promise.all(places.map(({ objects }) => objects.get(key)));
  const bytes = found.find((one) => one !== undefined);
  if (!bytes) throw new HeadgateError("backup.unknown", `${id} of ${plan} is under no hold`);
  await Promise.all(places.map(({ objects }) => objects.remove(key)));
  return readHold(plan, id, bytes, 0);
}
