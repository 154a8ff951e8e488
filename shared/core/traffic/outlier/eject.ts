import { formatDuration, type Millis } from "../../kernel/time.ts";
import type { OutlierReason } from "../types.ts";
import { type Circumstances, type Finding, judgeOutlier } from "./judge.ts";
import { isEjected, OUTLIER_REASONS, type Outliers } from "./state.ts";

/** What happened to one host. Only `ejected` and `returned` change who gets requests. */
export interface OutlierVerdict {
  readonly index: number;
  readonly id: string;
  readonly at: Millis;
  /** `detected`: found, but by a detector that is not enforced; `overflow`: found, but too many are ejected already. */
  readonly action: "ejected" | "returned" | "detected" | "overflow";
  readonly reason?: OutlierReason;
  /** Passed over until then, at least; it returns with the first sweep from then on. */
  readonly until?: Millis;
  readonly times: number;
  /** What was seen, as the end of a sentence: "5 answers in a row were 5xx". */
  readonly detail: string;
  /** Of `detail` what the detector saw, without what was made of it; absent for a return, as the next two. */
  readonly seen?: string;
  /** What it was judged from. */
  readonly finding?: Finding;
  readonly circumstances?: Circumstances;
}

/** A detector has found a host: counts it, draws whether it is enforced, and ejects it if the cap allows. */
export function foundOutlier(
  outliers: Outliers,
  index: number,
  finding: Finding,
  detail: string,
  at: Millis,
): OutlierVerdict | undefined {
  if (isEjected(outliers, index)) return undefined;
  const { config, ids, draws } = outliers;
  const { reason } = finding;
  const which = OUTLIER_REASONS.indexOf(reason);
  outliers.detected[which] = (outliers.detected[which] ?? 0) + 1;
  const circumstances: Circumstances = {
    ejected: outliers.ejected,
    hosts: ids.length,
    times: outliers.times[index] ?? 0,
    enforceDraw: draws.next(),
    jitterDraw: draws.next(),
  };
  const judged = judgeOutlier(config, finding, circumstances);
  const verdict = {
    index,
    id: ids[index] ?? "",
    at,
    action: judged.action,
    reason,
    seen: detail,
    finding,
    circumstances,
  } as const;
  if (judged.action !== "ejected") {
    if (judged.action === "overflow") outliers.overflow += 1;
    return { ...verdict, times: circumstances.times, detail: `${detail}; ${judged.why}` };
  }
  const { times, forMs } = judged;
  outliers.enforced[which] = (outliers.enforced[which] ?? 0) + 1;
  outliers.ejected += 1;
  outliers.times[index] = times;
  outliers.ejectedAt[index] = at;
  outliers.until[index] = at + forMs;
  outliers.why[index] = which;
  const told = `${detail}; out for ${formatDuration(forMs)}${times > 1 ? `, ${times} times in a row` : ""}`;
  return { ...verdict, until: at + forMs, times, detail: told };
}

/**
 * Takes a host back, because its time is over or an active check passed. All its counts in a row begin anew: otherwise a count that
 * had not fired would eject it again after very few errors, or one past its threshold never.
 */
export function returnOutlier(outliers: Outliers, index: number, at: Millis, why: string): OutlierVerdict | undefined {
  if (!isEjected(outliers, index)) return undefined;
  outliers.ejected -= 1;
  outliers.fives[index] = 0;
  outliers.gateways[index] = 0;
  outliers.locals[index] = 0;
  outliers.ejectedAt[index] = Number.NaN;
  outliers.until[index] = Number.NaN;
  outliers.returnedAt[index] = at;
  const reason = OUTLIER_REASONS[outliers.why[index] ?? 0];
  const times = outliers.times[index] ?? 0;
  const id = outliers.ids[index] ?? "";
  return { index, id, at, action: "returned", ...(reason === undefined ? {} : { reason }), times, detail: why };
}
