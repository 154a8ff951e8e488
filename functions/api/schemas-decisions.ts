import * as v from "valibot";
import { Clock, instant, mode, opt, type Shape } from "./schemas-common.ts";
import type * as views from "./views.ts";

export const DecisionSummary = v.strictObject({
  id: v.string(),
  noun: v.string(),
  subject: v.string(),
  at: instant,
  reason: v.string(),
  sentence: v.string(),
  mode,
  trigger: v.string(),
  desired: opt(v.number()),
  from: opt(v.number()),
  acted: v.boolean(),
  outcome: opt(v.string()),
}) satisfies Shape<views.DecisionSummary>;

export const Decisions = v.strictObject({
  clock: Clock,
  items: v.array(DecisionSummary),
  cursor: opt(v.string()),
}) satisfies Shape<views.DecisionsView>;

const json = v.unknown();
const clause = v.strictObject({
  kind: v.picklist(["input", "computed", "clamped", "vetoed", "held", "chosen", "changed"]),
  rule: v.string(),
  text: v.string(),
  values: v.record(v.string(), json),
});
const actionResult = v.strictObject({
  key: v.string(),
  status: v.picklist(["done", "refused", "superseded", "failed", "skipped"]),
  at: instant,
  detail: v.string(),
});
export const Decision = v.strictObject({
  v: v.literal(1),
  id: v.string(),
  tenant: v.string(),
  noun: v.string(),
  subject: v.string(),
  at: instant,
  trigger: v.strictObject({
    type: v.picklist(["alarm", "schedule", "sweep", "timer", "api", "queue", "recovery"]),
    id: opt(v.string()),
    detail: opt(v.string()),
  }),
  mode,
  configVersion: v.string(),
  config: json,
  input: json,
  stateBefore: json,
  reason: v.string(),
  trace: v.array(clause),
  actions: v.array(v.looseObject({ type: v.string(), key: v.string() })),
  stateAfter: json,
  outcomes: v.array(
    v.strictObject({
      phase: v.picklist(["performed", "observed"]),
      at: instant,
      results: opt(v.array(actionResult)),
      text: v.string(),
      values: opt(v.record(v.string(), json)),
    }),
  ),
  traceId: v.string(),
  sentence: v.string(),
});
export const DecisionDetail = v.strictObject({ clock: Clock, decision: Decision, explanation: v.array(v.string()) });

export const Replay = v.strictObject({
  checked: v.number(),
  same: v.number(),
  skipped: v.number(),
  cursor: opt(v.string()),
  differences: v.array(
    v.strictObject({ id: v.string(), path: v.string(), recorded: opt(v.unknown()), recomputed: opt(v.unknown()) }),
  ),
});
