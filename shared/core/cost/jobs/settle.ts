import type { ActionResult } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { MadeReport, ReportRun } from "./types.ts";

const failed = (run: ReportRun, why: string, now: Millis, pause: (failures: number) => number): ReportRun => ({
  ...run,
  failures: run.failures + 1,
  why,
  againAt: now + pause(run.failures + 1),
});

const calm = ({ againAt: _, why: __, ...run }: ReportRun): ReportRun => ({ ...run, failures: 0 });

/** What became of the actions of a run: what was made, who was told, and when what failed is tried again. */
export function settleRun(
  run: ReportRun,
  results: readonly ActionResult[],
  now: Millis,
  pause: (failures: number) => number,
): ReportRun {
  const making = results.find(({ key }) => key === `${run.id}:make`);
  if (making) return settleMaking(run, making, now, pause);
  const prefix = `${run.id}:tell:`;
  const telling = results.filter(({ key }) => key.startsWith(prefix));
  if (telling.length === 0) return run;
  const targetOf = ({ key }: ActionResult): string => key.slice(prefix.length);
  const told = telling.filter(({ status }) => status === "done").map(targetOf);
  const final = telling.filter(({ status }) => status === "refused" || status === "skipped");
  const next: ReportRun = {
    ...run,
    told: [...new Set([...run.told, ...told])],
    refused: [...run.refused, ...final.map((one) => ({ target: targetOf(one), why: one.detail }))],
  };
  const bad = telling.filter(({ status }) => status === "failed");
  return bad.length === 0 ? calm(next) : failed(next, bad.map(({ detail }) => detail).join("; "), now, pause);
}

function settleMaking(
  run: ReportRun,
  result: ActionResult,
  now: Millis,
  pause: (failures: number) => number,
): ReportRun {
  const made = result.values?.["made"] as unknown as MadeReport | undefined;
  if (result.status !== "done" || !made) return failed(run, result.detail, now, pause);
  const places = [...new Set([...(run.made?.places ?? []), ...made.places])];
  const kept: MadeReport = { ...made, places, files: [...new Set([...(run.made?.files ?? []), ...made.files])] };
  if (made.missing.length > 0)
    return failed(
      { ...run, made: kept },
      made.missing.map(({ place, why }) => `${place}: ${why}`).join("; "),
      now,
      pause,
    );
  return { ...calm({ ...run, made: kept }), phase: "telling" };
}
