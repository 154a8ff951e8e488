import { iso, type Millis } from "../../kernel/time.ts";
import { holds, isInstead, isOther, judge, retentionOf } from "./look.ts";
import { settingsText } from "./settings-text.ts";
import { clause, deed, floorClauses, type Of, type Result, said, stay, to } from "./steps.ts";
import type { ChangeConfig, ChangeState } from "./types.ts";

/** From these an opportunity may be applied or dismissed. */
export const APPLICABLE = new Set<ChangeState["status"]>(["open", "dismissed", "reverted", "superseded"]);

/** Looked at again at the moment of applying: who holds it, the value that is there, the floor. */
export function apply(config: ChangeConfig, state: ChangeState, input: Of<"apply">, now: Millis): Result {
  if (!APPLICABLE.has(state.status))
    return stay(state, "refused_status", "status", `it is ${state.status} since ${iso(state.since)}`);
  if (config.mode === "observe")
    return stay(state, "refused_mode", "mode", "the mode is observe: nothing is changed, not even by somebody's word");
  const { opportunity, seen } = input;
  const { action } = opportunity;
  const { dismissal: _, ended: __, trouble: ___, proof: ____, blindSince: _____, retentionMs: ______, ...rest } = state;
  const next: ChangeState = { ...rest, status: "applying", since: now, opportunity, applied: said(input, now) };
  if (action.type === "by_hand")
    return to(
      { ...next, status: "applied" },
      "applied_by_hand",
      "by-hand",
      `${input.by} says that it is done: ${opportunity.text}`,
    );
  const { topic } = action;
  switch (seen.status) {
    case "by_hand":
    case "unreachable":
      return stay(
        state,
        "refused_unreachable",
        "cluster",
        seen.status === "unreachable" ? seen.text : `${topic} was not looked at`,
      );
    case "gone":
      return stay(state, "refused_gone", "topic", seen.text);
    case "seen":
      break;
  }
  if (isOther(seen, action))
    return stay(state, "refused_gone", "topic", `${topic} was deleted and made anew since it was proposed`);
  if (seen.floor?.status === "unknown") return stay(state, "refused_unknown_floor", "floor", seen.floor.text);
  if (!holds(seen.own, action.before))
    return stay(
      state,
      "refused_changed",
      "another-hand",
      `${topic} was changed since it was proposed: ${isInstead(seen.own, action.before)}`,
    );
  const retentionMs = retentionOf(action);
  if (retentionMs !== undefined) {
    const verdict = judge(seen, retentionMs, config);
    if (verdict.is === "blind") return stay(state, "refused_unknown_floor", "floor", verdict.text);
    if (verdict.is === "near")
      return stay(state, verdict.rule === "policy" ? "refused_policy" : "refused_floor", verdict.rule, verdict.text);
  }
  return {
    state: { ...next, ...(retentionMs === undefined ? {} : { retentionMs }) },
    actions: [deed(config, action, now, action.set, action.before)],
    reason: "applying",
    trace: [
      ...floorClauses(seen),
      clause(
        "chosen",
        input.by === "headgate" ? "mode" : "word",
        `${settingsText(action.set)} on ${topic}, by ${input.by}: ${input.why}`,
      ),
    ],
  };
}
