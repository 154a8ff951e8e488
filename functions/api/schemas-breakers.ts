import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import { DecisionSummary } from "./schemas-decisions.ts";
import type * as views from "./views-breakers.ts";

const status = v.picklist(["closed", "open", "half_open"]);
const transition = v.strictObject({
  from: status,
  to: status,
  reason: v.string(),
  at: instant,
  by: v.string(),
  values: v.record(v.string(), v.number()),
});
const circuit = {
  circuit: v.string(),
  status,
  admits: v.picklist(["yes", "no", "probe"]),
  epoch: v.number(),
  rev: v.number(),
  since: instant,
  openUntil: opt(instant),
  opens: v.number(),
  successes: v.number(),
  probes: v.array(v.strictObject({ owner: v.string(), until: instant })),
  forced: opt(
    v.strictObject({
      state: v.picklist(["open", "closed", "disabled"]),
      by: v.string(),
      why: v.string(),
      at: instant,
      until: opt(instant),
    }),
  ),
  last: opt(transition),
  counts: v.record(v.string(), v.number()),
  updatedAt: instant,
};
const policy = v.record(v.string(), v.unknown());

const Circuits = v.strictObject({
  clock: Clock,
  items: v.array(v.strictObject(circuit)),
  cursor: opt(v.string()),
}) satisfies Shape<views.CircuitsView>;

const Circuit = v.strictObject({
  clock: Clock,
  ...circuit,
  policy,
  history: v.array(DecisionSummary),
}) satisfies Shape<views.CircuitDetailView>;

const CircuitChanged = v.strictObject({
  clock: Clock,
  ...circuit,
  reason: v.string(),
  decision: opt(v.string()),
}) satisfies Shape<views.CircuitChangedView>;

const Admission = v.strictObject({
  clock: Clock,
  circuit: v.string(),
  admitted: v.boolean(),
  epoch: opt(v.number()),
  probe: opt(v.string()),
  reason: opt(v.picklist(["open", "probing", "forced_open"])),
  retryAt: opt(instant),
  degraded: v.boolean(),
}) satisfies Shape<views.AdmissionView>;

const Outcomes = v.strictObject({
  clock: Clock,
  circuit: v.string(),
  status,
  epoch: v.number(),
  openUntil: opt(instant),
  dropped: v.number(),
  degraded: v.boolean(),
}) satisfies Shape<views.OutcomesView>;

const BreakerWhatIf = v.strictObject({
  items: v.array(
    v.strictObject({
      policy,
      calls: v.number(),
      failures: v.number(),
      admitted: v.number(),
      refused: v.number(),
      refusedGood: v.number(),
      refusedBad: v.number(),
      doomed: v.number(),
      openings: v.number(),
      openMs: v.number(),
      openShare: v.number(),
      firstOpenAt: v.nullable(v.number()),
      changes: v.array(v.strictObject({ at: instant, from: status, to: status, reason: v.string() })),
    }),
  ),
}) satisfies Shape<views.BreakerWhatIfView>;

export const breakerShapes = { Circuits, Circuit, CircuitChanged, Admission, Outcomes, BreakerWhatIf } as const;
