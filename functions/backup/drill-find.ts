import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Place } from "./place.ts";
import { listPoints } from "./points.ts";

/** Which point: the newest, any of them by lot, or this one. */
export type Pick = "newest" | "random" | { readonly id: string };

/**
 * The point that a drill restores: one that some place has with all its parts.
 *
 * @throws HeadgateError `backup.unknown` where there is none; `objects.unavailable`
 */
export async function findPoint(
  places: readonly Place[],
  plan: string,
  pick: Pick,
  random: () => number,
): Promise<{ readonly id: string; readonly cutAt: Millis }> {
  const { points } = await listPoints(places, plan);
  const usable = points.filter(({ at }) => at.length > 0);
  const one =
    pick === "newest"
      ? usable[0]
      : pick === "random"
        ? usable[Math.floor(random() * usable.length)]
        : points.find(({ id }) => id === pick.id);
  if (one) return { id: one.id, cutAt: one.manifest.cutAt };
  throw new HeadgateError(
    "backup.unknown",
    typeof pick === "object"
      ? `there is no restore point ${pick.id} of plan ${plan}`
      : `plan ${plan} has no restore point yet`,
  );
}
