import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import { DecisionSummary } from "./schemas-decisions.ts";
import type * as views from "./views-flags.ts";

const type = v.picklist(["boolean", "string", "number", "object"]);
const shares = v.record(v.string(), v.number());
const said = { by: v.string(), why: v.string(), at: instant };
const verdict = v.strictObject({
  verdict: v.picklist(["continue", "fail", "pass", "insufficient"]),
  // biome-ignore lint/suspicious/noExplicitAny: the gate's own words, of which there may come to be more.
  reason: v.string() as v.GenericSchema<any>,
  text: v.string(),
  at: instant,
  towardsFail: opt(v.number()),
});
const rollout = v.strictObject({
  to: v.string(),
  status: v.picklist(["running", "paused", "failed", "done"]),
  started: v.strictObject(said),
  paused: opt(v.strictObject(said)),
  step: v.number(),
  percent: v.number(),
  since: instant,
  judgedUntil: instant,
  verdict: opt(verdict),
  steps: v.array(v.number()),
});

const summary = {
  name: v.string(),
  description: opt(v.string()),
  type,
  status: v.picklist(["on", "disabled", "killed", "tied", "waiting", "over"]),
  why: opt(v.string()),
  shares,
  rules: v.number(),
  gated: v.boolean(),
  tied: v.boolean(),
  rollout: opt(rollout),
};
const FlagSummary = v.strictObject(summary) satisfies Shape<views.FlagSummary>;

const Flags = v.strictObject({
  clock: Clock,
  version: v.string(),
  items: v.array(FlagSummary),
}) satisfies Shape<views.FlagsView>;

const Flag = v.strictObject({
  clock: Clock,
  ...summary,
  variants: v.record(v.string(), v.any()),
  default: v.string(),
  off: v.string(),
  configVersion: v.string(),
  config: v.unknown(),
  killed: opt(v.strictObject(said)),
  causes: opt(v.array(v.string())),
  ignored: opt(v.strictObject(said)),
  set: opt(v.strictObject({ ...said, shares })),
  decisions: v.array(DecisionSummary),
}) satisfies Shape<views.FlagView>;

const FlagsSnapshot = v.strictObject({
  v: v.literal(1),
  version: v.string(),
  flags: v.record(
    v.string(),
    v.strictObject({
      spec: v.any(),
      live: opt(
        v.strictObject({
          killed: opt(v.strictObject({ cause: v.picklist(["manual", "tie"]), why: v.string(), at: instant })),
          shares: opt(shares),
        }),
      ),
    }),
  ),
  reportMs: v.number(),
  clock: Clock,
}) satisfies Shape<views.FlagsSnapshotView>;

const FlagChanged = v.strictObject({
  clock: Clock,
  status: v.picklist(["decided", "unchanged", "busy", "conflict"]),
  reason: opt(v.string()),
  text: opt(v.string()),
  flag: FlagSummary,
  decision: opt(DecisionSummary),
}) satisfies Shape<views.FlagChangedView>;

const FlagEvaluation = v.strictObject({
  clock: Clock,
  flag: v.string(),
  version: v.string(),
  value: opt(v.any()),
  variant: opt(v.string()),
  reason: v.picklist(["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "ERROR", "STALE", "CACHED"]),
  errorCode: opt(
    v.picklist([
      "FLAG_NOT_FOUND",
      "TYPE_MISMATCH",
      "TARGETING_KEY_MISSING",
      "PARSE_ERROR",
      "INVALID_CONTEXT",
      "PROVIDER_NOT_READY",
      "GENERAL",
    ]),
  ),
  errorMessage: opt(v.string()),
  metadata: v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
  bucket: opt(v.number()),
  rules: v.array(
    v.strictObject({
      rule: v.string(),
      outcome: v.picklist(["served", "no_match", "unknown", "out_of_time", "passed_over"]),
      text: v.string(),
    }),
  ),
  steps: v.array(v.string()),
}) satisfies Shape<views.FlagEvaluationView>;

const ExposuresTaken = v.strictObject({
  accepted: v.number(),
  unknown: v.number(),
}) satisfies Shape<views.ExposuresTakenView>;

const tallies = v.record(
  v.string(),
  v.strictObject({
    exposed: v.number(),
    requests: v.number(),
    errors: v.number(),
    slow: v.pipe(v.number(), v.description("Below 0: not everybody who reported counts it.")),
  }),
);
const FlagExposures = v.strictObject({
  clock: Clock,
  flag: v.string(),
  everyMs: v.number(),
  since: opt(instant),
  totals: tallies,
  intervals: v.array(v.strictObject({ at: instant, variants: tallies })),
}) satisfies Shape<views.FlagExposuresView>;

export const flagShapes = {
  Flags,
  Flag,
  FlagsSnapshot,
  FlagChanged,
  FlagEvaluation,
  ExposuresTaken,
  FlagExposures,
} as const;
