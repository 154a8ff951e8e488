import { iso, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { holds, isInstead, isOther, judge } from "./look.ts";
import { settingsText } from "./settings-text.ts";
import { deed, ended, floorClauses, guarded, type Of, type Result, said, stay, to, topicAction } from "./steps.ts";
import type { ChangeConfig, ChangeState, Said, TopicAction } from "./types.ts";

/** So long after it was set, somebody may still be told the old value. */
const SETTLES_MS = 2 * MINUTE_MS;

/** Settings go back to what they were; what was set by another hand since stays. */
function takeBack(
  config: ChangeConfig,
  state: ChangeState,
  action: TopicAction,
  how: Said & { readonly alone: boolean },
  text: string,
): Result {
  const { blindSince: _, trouble: __, ...rest } = state;
  return to(
    { ...rest, status: "reverting", since: how.at, ended: how },
    how.alone ? "taking_back" : "reverting",
    how.alone ? "guard" : "word",
    `${text}; ${settingsText(action.before)} on ${action.topic}`,
    [deed(config, action, how.at, action.before, action.set)],
  );
}

/** By somebody's word. */
export function revert(config: ChangeConfig, state: ChangeState, input: Of<"revert">, now: Millis): Result {
  const action = topicAction(state);
  if (state.status === "applied" && !action)
    return to(
      ended(state, "reverted", now, { ...said(input, now), alone: false }),
      "reverted",
      "by-hand",
      `${input.by} says that it is undone: ${input.why}`,
    );
  if (!action || !["guarded", "applying", "applied"].includes(state.status))
    return stay(state, "refused_status", "status", `there is nothing to take back: it is ${state.status}`);
  const { seen } = input;
  if (seen.status === "unreachable") return stay(state, "refused_unreachable", "cluster", seen.text);
  const over = isOver(state, action, seen, now);
  if (over) return over;
  return takeBack(config, state, action, { ...said(input, now), alone: false }, `${input.by}: ${input.why}`);
}

/** Another hand, or no topic any more: what was changed is not ours any longer. */
function isOver(state: ChangeState, action: TopicAction, seen: Of<"look">["seen"], now: Millis): Result | undefined {
  const gone = (text: string) =>
    to(
      ended(state, "superseded", now, { by: "another hand", why: text, at: now, alone: true }),
      "superseded",
      "another-hand",
      text,
      [],
      "changed",
    );
  if (seen.status === "gone") return gone(seen.text);
  if (seen.status !== "seen") return undefined;
  if (isOther(seen, action)) return gone(`${action.topic} was deleted and made anew`);
  if (holds(seen.own, action.set)) return undefined;
  // A broker that is behind tells what was.
  if (now - state.since < SETTLES_MS && holds(seen.own, action.before)) return undefined;
  if (holds(seen.own, action.before))
    return to(
      ended(state, "reverted", now, { by: "another hand", why: "it was as before already", at: now, alone: false }),
      "reverted",
      "another-hand",
      `${action.topic} is as it was before: ${settingsText(action.before)}`,
      [],
      "changed",
    );
  return gone(
    `${action.topic} was changed by another hand since: ${isInstead(seen.own, action.set)}; it is left as it is`,
  );
}

/** What a claim may have left behind: it is seen what became of it. */
function settleSeen(
  config: ChangeConfig,
  state: ChangeState,
  action: TopicAction,
  seen: Extract<Of<"look">["seen"], { status: "seen" }>,
  now: Millis,
): Result {
  const { topic, before, set } = action;
  if (isOther(seen, action)) return isOver(state, action, seen, now) as Result;
  if (state.status === "applying") {
    if (holds(seen.own, set))
      return to(guarded(state, now), "applied", "seen", `${settingsText(set)} holds on ${topic}`);
    if (holds(seen.own, before))
      return to(
        { ...ended(state, "open", now, undefined), trouble: "it was not set" },
        "not_applied",
        "seen",
        `${topic} is as it was: ${settingsText(before)}`,
      );
    return isOver(state, action, seen, now) as Result;
  }
  if (holds(seen.own, before))
    return to(
      ended(state, "reverted", now, state.ended),
      "reverted",
      "seen",
      `${settingsText(before)} holds on ${topic}`,
    );
  if (holds(seen.own, set))
    return to(
      { ...state, since: now },
      state.ended?.alone === true ? "taking_back" : "reverting",
      "retry",
      `${settingsText(set)} still holds on ${topic}: it is taken back again`,
      [deed(config, action, now, before, set)],
    );
  return isOver(state, action, seen, now) as Result;
}

/** What cannot be seen may be needed: waited for a while, then taken back. */
function blind(
  config: ChangeConfig,
  state: ChangeState,
  action: TopicAction,
  reason: "held_blind" | "held_unreachable",
  limitMs: number,
  why: string,
  now: Millis,
): Result {
  const since = state.blindSince;
  if (since === undefined)
    return to({ ...state, blindSince: now }, reason, "guard", `the guard cannot see: ${why}`, [], "held");
  if (now - since < limitMs) return stay(state, reason, "guard", `the guard cannot see since ${iso(since)}: ${why}`);
  const text = `the guard cannot see since ${iso(since)}, and what is not known may be needed: ${why}`;
  return takeBack(config, state, action, { by: "headgate", why: text, at: now, alone: true }, text);
}

/** The guard's look: what was left half done is seen to its end, what holds is held against what is needed now. */
export function look(config: ChangeConfig, state: ChangeState, { seen }: Of<"look">, now: Millis): Result {
  const action = topicAction(state);
  if (!action || !["applying", "guarded", "reverting"].includes(state.status))
    return stay(state, "held_nothing_to_guard", "status", `it is ${state.status}`);
  const how = (why: string) => ({ by: "headgate", why, at: now, alone: true });
  if (seen.status === "unreachable") {
    if (state.status === "applying") return stay(state, "held_unreachable", "cluster", seen.text);
    if (state.status === "reverting") {
      if (now - state.since < config.blindMs) return stay(state, "held_unreachable", "cluster", seen.text);
      const deeds = [deed(config, action, now, action.before, action.set)];
      return to(
        { ...state, since: now },
        "taking_back",
        "retry",
        `tried again, as far as anybody answers: ${seen.text}`,
        deeds,
      );
    }
    // Brokers that are down delete nothing; those that only we do not reach go on deleting.
    return blind(config, state, action, "held_unreachable", config.reserveMs / 2, seen.text, now);
  }
  if (seen.status === "by_hand") return stay(state, "held_nothing_to_guard", "status", "there is nothing to be seen");
  if (seen.status === "seen" && state.status !== "guarded") return settleSeen(config, state, action, seen, now);
  const over = isOver(state, action, seen, now);
  if (over || seen.status !== "seen") return over ?? stay(state, "held_unreachable", "cluster", "it was not seen");
  const verdict = judge(seen, state.retentionMs ?? 0, config);
  if (verdict.is === "near") {
    const back = takeBack(config, state, action, how(verdict.text), verdict.text);
    return { ...back, trace: [...floorClauses(seen), ...back.trace] };
  }
  if (verdict.is === "blind") return blind(config, state, action, "held_blind", config.blindMs, verdict.text, now);
  if (state.blindSince !== undefined) {
    const { blindSince: _, ...rest } = state;
    return to(rest, "sees_again", "guard", verdict.text);
  }
  return stay(state, "held_guarding", "guard", verdict.text);
}
