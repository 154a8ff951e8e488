import { hasBit } from "../../shared/core/backup/run/bits.ts";
import { pointId } from "../../shared/core/backup/run/point-id.ts";
import type { BackupRun, RunConfig, RunLook, RunState, SeenUnit } from "../../shared/core/backup/run/types.ts";
import { bounded } from "../bounded.ts";
import type { PlanContext } from "./context.ts";
import { freshId } from "./run-id.ts";
import { listReceipts, unitReceipts } from "./run-papers.ts";
import { newestVerification } from "./verified.ts";

const AT_ONCE = 16;
/** Units that are looked at in one turn: what is seen is part of the decision's record. */
const MOST_SEEN = 500;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function seenUnits(context: PlanContext, run: BackupRun): Promise<readonly SeenUnit[]> {
  const listed = await listReceipts(context, run.id);
  const flying = new Map(run.flying.map((one) => [one.unit, one.parts]));
  // A part that was seen before says nothing new.
  const news = [...listed]
    .filter(([unit, parts]) => !hasBit(run.done, unit) && parts > (flying.get(unit) ?? 0))
    .sort(([a], [b]) => a - b)
    .slice(0, MOST_SEEN);
  return bounded(news, AT_ONCE, async ([unit]): Promise<SeenUnit> => {
    const found = (await unitReceipts(context, run.id, unit)).map(({ receipt }) => receipt);
    const chunks = found.flatMap(({ stretches }) => stretches.flatMap((one) => one.chunks));
    return {
      unit,
      parts: found.length,
      whole: found.at(-1)?.rest.length === 0,
      bytes: chunks.reduce((sum, { raw }) => sum + raw, 0),
      records: chunks.reduce((sum, { records }) => sum + records, 0),
      storedBytes: found.flatMap(({ objects }) => objects).reduce((sum, { size }) => sum + size, 0),
    };
  });
}

export type Told = Pick<RunLook, "verified" | "failed">;

/** Looks at how far a run is. What cannot be read of it is told. @throws HeadgateError `backup.busy` */
export async function observeRun(
  context: PlanContext,
  config: RunConfig,
  state: RunState,
  told: Told = {},
): Promise<RunLook & { readonly id: string }> {
  const { current } = state;
  const now = Math.floor(context.runtime.now());
  if (!current) {
    const due = config.every !== undefined && now >= (state.nextAt ?? now);
    return { kind: "look", id: due ? await freshId(context, state) : pointId(now), ...told };
  }
  const { id } = current;
  const failures: string[] = [];
  const tried = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      failures.push(`${what}: ${message(error)}`);
      return undefined;
    }
  };
  const copying = current.phase === "copying" || current.phase === "collecting";
  const units =
    copying && current.counts.units < (current.cut?.units ?? 0)
      ? await tried("receipts", () => seenUnits(context, current))
      : undefined;
  const verified =
    told.verified ??
    (current.phase === "verifying" && current.asked !== undefined
      ? await tried("verification", () => newestVerification(context.places, context.name, current.id))
      : undefined);
  return {
    ...{ kind: "look", id },
    ...(units && units.length > 0 ? { units } : {}),
    ...(verified ? { verified } : {}),
    ...(told.failed ? { failed: told.failed } : {}),
    ...(failures.length > 0 ? { failures } : {}),
  };
}
