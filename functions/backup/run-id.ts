import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { pointId } from "../../shared/core/backup/run/point-id.ts";
import type { RunState } from "../../shared/core/backup/run/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { PlanContext } from "./context.ts";
import { workKey } from "./documents.ts";
import { putAll } from "./write-all.ts";

/** Runs of one plan that begin in one second; another clock has to be wrong for more. */
const MOST = 1_000;

/**
 * A name for a run that begins now, which no other process gives to another one: it is taken at the destinations.
 */
export async function freshId(context: PlanContext, { current, ended, point }: RunState): Promise<string> {
  const { runtime, places, name } = context;
  const known = new Set([current?.id, point?.id, ...ended.map(({ id }) => id)]);
  const now = Math.floor(runtime.now());
  for (let number = 1; number <= MOST; number += 1) {
    const id = pointId(now, number);
    if (known.has(id)) continue;
    const points = await Promise.allSettled(places.map(({ objects }) => objects.head(pointKey(name, id, MANIFEST))));
    if (points.some((one) => one.status === "fulfilled" && one.value !== undefined)) continue;
    const { exists } = await putAll(places, workKey(name, id, "run.json"), JSON.stringify({ v: 1, at: now }), {
      ifAbsent: true,
    });
    if (exists.length === 0) return id;
  }
  throw new HeadgateError("backup.busy", `${MOST} runs of ${name} began in one second`, { retryable: true });
}
