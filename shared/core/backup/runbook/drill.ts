import type { RecoveryDrill } from "../recovery/types.ts";
import type { RunbookState } from "./types.ts";

/**
 * What runs of a failover have shown of the time a recovery from the loss of a region takes. A rehearsal restores nothing: what a drill of the same plan took for that comes
 * on top, and without one it proves nothing.
 *
 * @param restore `ms`: of the latest drill, where there is one. Absent: the runbook restores nothing.
 */
export function runbookDrills(
  { ended }: Pick<RunbookState, "ended">,
  restore?: { readonly ms: number | undefined },
): readonly RecoveryDrill[] {
  return ended
    .filter(({ outcome }) => outcome !== "aborted")
    .map(({ endedAt, startedAt, rehearsal, steps, outcome }): RecoveryDrill => {
      const lent = rehearsal && restore ? [{ name: "restore, as a drill took", ms: restore.ms ?? 0 }] : [];
      const own = steps.flatMap(({ id, startedAt: from, endedAt: to }) =>
        from === undefined || to === undefined ? [] : [{ name: id, ms: to - from }],
      );
      const unproven = rehearsal && restore !== undefined && restore.ms === undefined;
      const failed = steps.find(({ status }) => status === "failed" || status === "skipped");
      const text = unproven
        ? "the rehearsal restores nothing, and no drill says how long that takes"
        : failed && `${failed.id} ${failed.status}${failed.text ? `: ${failed.text}` : ""}`;
      return {
        at: endedAt,
        ok: outcome === "done" && !unproven,
        rtoMs: endedAt - startedAt + lent.reduce((sum, { ms }) => sum + ms, 0),
        steps: [...own, ...lent],
        covers: ["region"],
        ...(text === undefined ? {} : { text }),
      };
    });
}
