import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import { gateReason, verdictName } from "./schemas-verdicts.ts";
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
  verdict: opt(verdictName),
  reason: opt(gateReason),
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
