import { type Json, sameJson } from "../../kernel/json.ts";
import type { ActionResult, Machine } from "../../kernel/step.ts";
import { iso, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { APPLICABLE, apply } from "./apply.ts";
import { look, revert } from "./guard.ts";
import { ended, guarded, type Result, said, stay, to } from "./steps.ts";
import type { ChangeConfig, ChangeDeed, ChangeInput, ChangeReason, ChangeState } from "./types.ts";

const RETRY_MS = MINUTE_MS;

function decide(config: ChangeConfig, state: ChangeState, input: ChangeInput, now: Millis): Result {
  switch (input.kind) {
    case "dismiss": {
      if (!APPLICABLE.has(state.status))
        return stay(state, "refused_status", "status", `it is ${state.status} since ${iso(state.since)}`);
      const { opportunity, until } = input;
      const dismissal = { ...said(input, now), ...(until === undefined ? {} : { until }) };
      return to(
        { ...state, status: "dismissed", since: now, opportunity, dismissal },
        "dismissed",
        "word",
        `${input.by}: ${input.why}${until === undefined ? "" : `, until ${iso(until)}`}`,
      );
    }
    case "reopen": {
      if (state.status !== "dismissed")
        return stay(state, "refused_status", "status", `it is ${state.status}, not dismissed`);
      const { dismissal: _, ...rest } = state;
      return to({ ...rest, status: "open", since: now }, "reopened", "word", `${input.by}: ${input.why}`);
    }
    case "apply":
      return apply(config, state, input, now);
    case "revert":
      return revert(config, state, input, now);
    case "look":
      return look(config, state, input, now);
    case "prove":
      if (state.applied === undefined) return stay(state, "refused_status", "status", "it was never applied");
      return to({ ...state, proof: input.proof }, "proven", "proof", input.proof.text);
  }
}

function step(config: ChangeConfig, state: ChangeState, input: ChangeInput, now: Millis): Result {
  const result = decide(config, state, input, now);
  const same = sameJson(state as unknown as Json, result.state as unknown as Json);
  return same ? { ...result, state } : result;
}

/** What became of the deed of an application or of a revert. */
function settle(state: ChangeState, result: ActionResult, now: Millis): ChangeState {
  const { status, detail } = result;
  if (state.status === "applying") {
    if (status === "done") return guarded(state, now);
    // Whether it was set is not known: the next look sees it.
    if (status === "failed") return { ...state, trouble: detail };
    return { ...ended(state, "open", now, undefined), trouble: detail };
  }
  if (state.status !== "reverting") return state;
  if (status === "done") return ended(state, "reverted", now, state.ended);
  // Refused is not given up: as long as it holds, records may go.
  if (status === "failed" || status === "refused") return { ...state, trouble: detail };
  return { ...ended(state, "superseded", now, state.ended), trouble: detail };
}

/** What became of one opportunity: dismissed, applied and guarded, taken back, proven. */
export const changeMachine: Machine<ChangeConfig, ChangeState, ChangeInput, ChangeDeed, ChangeReason> = {
  noun: "cost",
  initial: (_config, now) => ({ v: 1, status: "open", since: now }),
  step,
  settle: (_config, state, results, now) => results.reduce((before, result) => settle(before, result, now), state),
  dueAt(config, { status, since, blindSince, trouble }, now = since) {
    if (status === "applying" || status === "reverting")
      return now + (trouble === undefined ? RETRY_MS : config.blindMs);
    if (status !== "guarded") return undefined;
    return blindSince === undefined ? now + config.everyMs : now + config.blindMs;
  },
};
