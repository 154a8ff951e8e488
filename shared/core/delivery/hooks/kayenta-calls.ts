import * as v from "valibot";
import { HeadgateError } from "../../kernel/errors.ts";
import { parseInstant } from "../../kernel/instant.ts";
import type { Millis } from "../../kernel/time.ts";
import type { GateRunState } from "./gate-run-types.ts";

const text = v.pipe(v.string(), v.minLength(1));
const Scope = v.looseObject({ scope: text, start: v.optional(text), end: v.optional(text) });
// Kayenta's own thresholds have fractions, and templates leave numbers as texts.
const percent = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.trim(), v.nonEmpty())], "a number from 0 to 100"),
  v.transform(Number),
  v.check((value) => value >= 0 && value <= 100, "a number from 0 to 100"),
);
const Execution = v.looseObject({
  scopes: v.pipe(
    v.record(v.string(), v.looseObject({ controlScope: Scope, experimentScope: Scope })),
    v.check((scopes) => Object.keys(scopes).length > 0, "at least one scope"),
  ),
  thresholds: v.looseObject({ pass: percent, marginal: percent }),
});

/** What is asked of one canary execution: the first scope, as it names the two sides and the time. */
export interface KayentaAsked {
  readonly canary: string;
  readonly baseline: string;
  readonly from: Millis;
  readonly to: Millis;
  readonly pass: number;
  readonly marginal: number;
}

/** @throws HeadgateError `input.invalid` naming the path */
export function parseExecution(body: unknown): KayentaAsked {
  const refuse = (path: string, message: string, allowed: string) =>
    new HeadgateError("input.invalid", `this is no canary execution: ${path} ${message}`, {
      faults: [{ path, message, allowed }],
    });
  const parsed = v.safeParse(Execution, body);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = issue?.path?.map(({ key }) => String(key)).join(".") ?? "";
    throw refuse(path, issue?.message ?? "is wrong", "{scopes: {name: {controlScope, experimentScope}}, thresholds}");
  }
  const [[name, scope] = ["", undefined]] = Object.entries(parsed.output.scopes);
  const { controlScope, experimentScope } = scope ?? {};
  const at = (which: "start" | "end"): Millis => {
    const given = experimentScope?.[which] ?? controlScope?.[which];
    const instant = given === undefined ? undefined : parseInstant(given)?.at;
    if (instant === undefined)
      throw refuse(`scopes.${name}.experimentScope.${which}`, "is no instant", "such as 2026-11-23T10:00:00Z");
    return instant;
  };
  const [from, to] = [at("start"), at("end")];
  if (to <= from) throw refuse(`scopes.${name}.experimentScope.end`, "is not after start", "an instant after start");
  const { pass, marginal } = parsed.output.thresholds;
  return { canary: experimentScope?.scope ?? "", baseline: controlScope?.scope ?? "", from, to, pass, marginal };
}

/** Kayenta's score for a verdict: undecided lies between the thresholds, and where there is nothing between them, below. */
export function scoreOf({ judging, asked, ended }: GateRunState): number {
  const { pass = 95, marginal = 75 } = asked ?? {};
  if ((ended?.ok === false && !ended.unknown) || judging?.verdict === "fail") return 0;
  if (judging?.verdict === "pass") return 100;
  return Math.max(0, marginal < pass ? marginal : pass - 1);
}

/** What a canary execution is answered. `complete`: its time is over, or it has failed already. */
export function executionAnswer(id: string, run: GateRunState, complete: boolean) {
  const { pass = 95, marginal = 75 } = run.asked ?? {};
  const score = scoreOf(run);
  const classification = score >= pass ? "Pass" : score >= marginal ? "Marginal" : "Fail";
  const judgeResult = {
    judgeName: "headgate",
    results: [],
    groupScores: [],
    score: {
      score,
      classification,
      classificationReason: run.judging?.text ?? run.ended?.text ?? "nothing was counted",
    },
  };
  return {
    canaryExecutionId: id,
    pipelineId: id,
    complete,
    status: complete ? "succeeded" : "running",
    ...(complete ? { result: { judgeResult } } : {}),
  };
}
