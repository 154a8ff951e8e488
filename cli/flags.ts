import type { Group } from "./command.ts";
import { flagsKillVerb, flagsRestoreVerb, flagsSetVerb } from "./flags-act.ts";
import { flagsEvalVerb, flagsExplainVerb } from "./flags-eval.ts";
import { flagsCheckVerb, flagsExposuresVerb, flagsListVerb, flagsShowVerb } from "./flags-show.ts";

export const flags: Group = {
  name: "flags",
  about: "feature flags: what they are for whom and why, kill switch, roll-outs, what was given out",
  verbs: [
    flagsListVerb,
    flagsShowVerb,
    flagsEvalVerb,
    flagsExplainVerb,
    flagsCheckVerb,
    flagsKillVerb,
    flagsRestoreVerb,
    flagsSetVerb,
    flagsExposuresVerb,
  ],
};
