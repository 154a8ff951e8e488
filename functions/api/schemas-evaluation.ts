import * as v from "valibot";
import { Clock, opt, type Shape } from "./schemas-common.ts";
import { DecisionSummary } from "./schemas-decisions.ts";
import type * as views from "./views.ts";

/** What became of a run; see schemas.ts. */
export const Evaluation = v.strictObject({
  clock: Clock,
  service: v.string(),
  status: v.picklist(["decided", "unchanged", "busy", "conflict"]),
  reason: opt(v.string()),
  decision: opt(DecisionSummary),
  results: v.array(v.strictObject({ status: v.string(), detail: v.string() })),
}) satisfies Shape<views.EvaluationView>;
