import { canaryBacktestVerb } from "./canary-backtest.ts";
import { canaryGateVerb } from "./canary-gate.ts";
import { canaryJudgeVerb } from "./canary-judge.ts";
import { canaryPlanVerb } from "./canary-plan.ts";
import type { Group } from "./command.ts";

export const canary: Group = {
  name: "canary",
  about:
    "judging releases without a server: a gate over counts, Kayenta's judge, past deploys under a rule, what can be seen",
  verbs: [canaryGateVerb, canaryJudgeVerb, canaryBacktestVerb, canaryPlanVerb],
};
