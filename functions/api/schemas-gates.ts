import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import type * as views from "./views-gates.ts";

const system = v.picklist(["ecs", "codedeploy", "flagger", "argo", "kayenta"]);
const door = v.strictObject({ status: v.picklist(["open", "closed"]), by: v.string(), at: instant });
const gate = {
  system,
  id: v.string(),
  service: v.string(),
  run: opt(v.string()),
  begunAt: opt(instant),
  waitsSince: opt(instant),
  verdict: opt(v.picklist(["continue", "fail", "pass", "insufficient"])),
  reason: opt(
    v.picklist([
      "more_errors",
      "more_slow_requests",
      "more_errors_and_slow_requests",
      "above_error_threshold",
      "above_p99_threshold",
      "judge_score",
      "not_worse",
      "undecided",
      "no_canary_data",
      "no_baseline_data",
      "no_data",
      "not_visible",
      "time_over",
      "counts_invalid",
      "repeated_tick",
      "failed_before",
    ]),
  ),
  text: opt(v.string()),
  ended: opt(v.strictObject({ ok: v.boolean(), text: v.string(), at: instant })),
  gate: opt(door),
  rollback: opt(door),
};

const Gates = v.strictObject({
  clock: Clock,
  items: v.array(v.strictObject(gate)),
  cursor: opt(v.string()),
}) satisfies Shape<views.GatesView>;

const GateSet = v.strictObject({ clock: Clock, ...gate }) satisfies Shape<views.GateSetView>;

const HookTokens = v.strictObject({
  clock: Clock,
  service: v.string(),
  hooks: v.array(v.strictObject({ system, path: v.string() })),
}) satisfies Shape<views.HookTokensView>;

/** Answers of /api/v1/gates. */
export const gateShapes = { Gates, GateSet, HookTokens } as const;
