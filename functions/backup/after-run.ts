import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import type { RunAction } from "../../shared/core/backup/run/types.ts";
import { bounded } from "../bounded.ts";
import type { PlanContext } from "./context.ts";
import { workKey } from "./documents.ts";
import { heal } from "./heal.ts";
import { pointsInUse } from "./in-use.ts";
import { listAll } from "./list-all.ts";
import type { Place } from "./place.ts";
import { prune } from "./prune.ts";
import "../shared-parts.ts";

const AT_ONCE = 16;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function removeBelow(place: Place, prefix: string): Promise<number> {
  const keys: string[] = [];
  for await (const { key } of listAll(place, prefix)) keys.push(key);
  await bounded(keys, AT_ONCE, (key) => place.objects.remove(key));
  return keys.length;
}

/**
 * What is left to do when a run is over: its papers go; points that are not everywhere are healed; what is too old is pruned. Of a run that was given up its data goes too,
 * where it is certain that no place has made a point of it. Nothing here makes a run fail: what is left is found by the next one.
 *
 * @returns what was done, a sentence
 */
export async function afterRun(
  context: PlanContext,
  { run, sealed, late = false }: Extract<RunAction, { type: "prune" }>,
): Promise<string> {
  const { places, name, plan, runtime } = context;
  const said: string[] = [];
  const quietly = async (what: string, work: () => Promise<string | undefined>): Promise<void> => {
    try {
      const text = await work();
      if (text !== undefined) said.push(text);
    } catch (error) {
      said.push(`${what} failed: ${message(error)}`);
      runtime.telemetry.log("warn", `${what} after ${run} failed`, { plan: name, error: message(error) });
    }
  };
  const isPoint = async (): Promise<boolean> =>
    (await Promise.all(places.map(({ objects }) => objects.head(pointKey(name, run, MANIFEST))))).some(Boolean);
  if (!sealed && !late)
    await quietly("cleaning up", async () => {
      // Where a place does not answer this throws, and everything stays: a manifest might lie there.
      if (await isPoint()) return `${run} is a restore point all the same`;
      const counts = await Promise.all(places.map((place) => removeBelow(place, `data/${name}/${run}/`)));
      return `${Math.max(0, ...counts)} objects of ${run} are removed`;
    });
  for (const place of places)
    await quietly(`removing papers at ${place.name}`, async () => {
      await removeBelow(place, workKey(name, run, ""));
      return undefined;
    });
  if (!sealed) return said.join("; ") || "nothing was left";
  if (places.length > 1)
    await quietly("healing", async () => {
      const { healed, failed } = await heal(places, name);
      const [first] = failed;
      if (first)
        runtime.telemetry.log("warn", `${first.id} could not be healed at ${first.place}`, { error: first.why });
      const text =
        healed.length > 0 ? `${healed.map(({ id, place }) => `${id} at ${place}`).join(", ")} healed` : undefined;
      return failed.length > 0 ? `${text ?? "nothing healed"}; ${failed.length} not` : text;
    });
  await quietly("pruning", async () => {
    const { remove } = await prune(places, name, plan.keep, {
      now: Math.floor(runtime.now()),
      orphanAfterMs: orphanAfter(context),
      ...(await pointsInUse(context)),
    });
    return remove.length > 0 ? `${remove.length} points are pruned` : undefined;
  });
  return said.join("; ") || "nothing was left to do";
}

/** A run that is under way elsewhere must not be taken for one that was left behind. */
const orphanAfter = ({ plan }: PlanContext): number => Math.max(24 * 3_600_000, 2 * plan.deadline);
