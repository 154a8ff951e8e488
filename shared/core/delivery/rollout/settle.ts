import type { ActionResult } from "../../kernel/step.ts";
import { goesForward, hookKey } from "./scene.ts";
import type { HookState, Rollout, RolloutConfig, RolloutState } from "./types.ts";

/** Actions without which a rollout cannot go on: refused for good, it goes back. */
const NEEDED = ["ensure_version", "resize_version", "adopt_version", "set_shares"];

const ASKED = [...NEEDED, "remove_version"];

/** Answers of a hook that is still at work: accepted, locked, too early, too many. */
const WORKING = new Set([202, 423, 425, 429]);

/** Folds what became of the actions into the state: answers of hooks, and what was refused. All else is seen by the next look. */
export function settle(config: RolloutConfig, state: RolloutState, results: readonly ActionResult[]): RolloutState {
  const { current } = state;
  if (!current) return state;
  const next = results.reduce((rollout, result) => fold(config, rollout, result), current);
  return next === current ? state : { ...state, current: next };
}

function fold(config: RolloutConfig, rollout: Rollout, result: ActionResult): Rollout {
  const answer = hooked(config, rollout, result);
  if (answer) return answer;
  const type = NEEDED.find((one) => result.key.startsWith(`${one}:`));
  if (type !== undefined && result.status === "refused" && goesForward(rollout))
    return { ...rollout, refusal: { action: type, why: result.detail.slice(0, 500), at: result.at } };
  if (result.status !== "done" && rollout.tried && ASKED.some((one) => result.key.startsWith(`${one}:`))) {
    // What did not work out is asked for again at the next look.
    const { tried, ...rest } = rollout;
    return rest;
  }
  if (result.status === "done") return counted(rollout, result);
  return rollout;
}

/** Times count from when something was done, not from when it was decided: a worker may have died in between. */
function counted(rollout: Rollout, { key, at, values }: ActionResult): Rollout {
  const { asked, phase, since } = rollout;
  if (asked && !asked.set && key.startsWith("set_shares:"))
    return { ...rollout, asked: { ...asked, set: true, at: Math.max(at, asked.at) } };
  const grows = phase === "starting" || phase === "shifting";
  if (grows && key.startsWith("ensure_version:") && values?.["changed"] === true && at > since)
    return { ...rollout, since: at };
  return rollout;
}

function hooked(config: RolloutConfig, rollout: Rollout, result: ActionResult): Rollout | undefined {
  const hook = Object.keys(rollout.hooks).find((name) => hookKey(config.service, rollout, name) === result.key);
  const asked = hook === undefined ? undefined : rollout.hooks[hook];
  if (hook === undefined || asked?.status !== "waiting") return undefined;
  return { ...rollout, hooks: { ...rollout.hooks, [hook]: answered(asked, result) } };
}

function answered(before: HookState, { status, at, detail, values }: ActionResult): HookState {
  const code = typeof values?.["status"] === "number" ? values["status"] : undefined;
  const { working, ...hook } = { ...before, detail: detail.slice(0, 500) };
  // 203 and the like are answers of proxies, not of the hook.
  if (code === 200 || code === 204) return { ...hook, status: "passed", at };
  if (code === 403 || code === 409 || status === "refused") return { ...hook, status: "failed", at };
  return { ...hook, ...(code !== undefined && WORKING.has(code) ? { working: true as const } : {}) };
}
