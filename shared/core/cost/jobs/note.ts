import type { Millis } from "../../kernel/time.ts";
import type { ReportNote, ReportRun } from "./types.ts";

/** What is kept of a run that is over; `failed`: why it was given up. */
export function noteOf(run: ReportRun, now: Millis, failed?: string): ReportNote {
  const { id, from, to, made, told, refused } = run;
  const lacks = [
    ...(made?.missing ?? []).map(({ place, why }) => `not at ${place}: ${why}`),
    ...refused.map(({ target, why }) => `${target} was not told: ${why}`),
  ];
  const status = !made ? "failed" : failed !== undefined || lacks.length > 0 ? "partly" : "made";
  return {
    id,
    from,
    to,
    endedAt: now,
    status,
    summary: [
      made?.summary ?? failed ?? "nothing is known of it",
      ...lacks,
      ...(made && failed !== undefined ? [failed] : []),
    ].join("; "),
    files: made?.files ?? [],
    told,
    troubles: made?.troubles ?? [],
  };
}
