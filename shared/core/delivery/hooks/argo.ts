import type { GateRunState } from "./gate-run-types.ts";

/** What Argo's web metric reads, below `data`. With successCondition "result.ok" and failureCondition "result.verdict == 'fail'", going on is Inconclusive. */
export interface ArgoAnswer {
  readonly ok: boolean;
  /** 100 passed, 0 failed, 50 undecided. */
  readonly score: number;
  readonly verdict: "pass" | "fail" | "continue";
  readonly reason: string;
  /** Nothing, or too little, is known: never ok. */
  readonly insufficient?: true;
}

export function argoAnswer({ judging, ended }: GateRunState): ArgoAnswer {
  const reason = judging?.text ?? ended?.text ?? "nothing is counted yet";
  if ((ended?.ok === false && !ended.unknown) || judging?.verdict === "fail")
    return { ok: false, score: 0, verdict: "fail", reason };
  if (judging?.verdict === "pass") return { ok: true, score: 100, verdict: "pass", reason };
  const insufficient = judging === undefined || judging.verdict === "insufficient";
  return { ok: false, score: 50, verdict: "continue", reason, ...(insufficient ? { insufficient: true } : {}) };
}
