import { formatDuration } from "../../kernel/time.ts";
import { base, clause, hold, issued, type Scene, type Turn } from "./scene.ts";
import type { HookState, Rollout } from "./types.ts";

/** Hooks by their place in a rollout, as the configuration names them. */
export type HookPlace = "smoke" | "beforeTraffic" | "beforeStep" | "beforePromotion";

/** Passed (or there is none), or what is done about it, or it said no. */
export type HookTurn =
  | { readonly kind: "passed" }
  | { readonly kind: "turn"; readonly turn: Turn }
  | { readonly kind: "failed"; readonly text: string };

/**
 * Asks a hook until it says yes or no. Each further step has an asking of its own.
 *
 * @param place which hook of the configuration
 * @param name what this asking is called in the rollout; the place, unless it is asked several times
 */
export function askHook(scene: Scene, rollout: Rollout, place: HookPlace, name: string = place): HookTurn {
  const { delivery } = scene.config;
  const hook = delivery.hooks[place];
  if (!hook) return { kind: "passed" };
  const known = Object.hasOwn(rollout.hooks, name) ? rollout.hooks[name] : undefined;
  if (known?.status === "passed") return { kind: "passed" };
  if (known?.status === "failed")
    return { kind: "failed", text: `hook ${name} said no${known.detail ? `: ${known.detail}` : ""}` };
  const { now } = scene;
  const detail = known?.detail ? ` (${known.detail})` : "";
  // It says itself that it is still at work: then it has until the rollout's deadline.
  const patience = known?.working ? delivery.deadline : Math.max(delivery.timeout, hook.timeout);
  if (known && now - (known.since ?? known.at) >= patience)
    return {
      kind: "failed",
      text: `hook ${name} has not said yes within ${formatDuration(patience)}, asked ${known.asked} times${detail}`,
    };
  if (known && now - known.at < delivery.poll) {
    const text = `hook ${name} was asked ${known.asked} times and has not said yes yet${detail}`;
    return { kind: "turn", turn: hold(scene, rollout, "held_hook", text, { patienceMs: delivery.verify }) };
  }
  const asked = (known?.asked ?? 0) + 1;
  const state: HookState = {
    status: "waiting",
    asked,
    at: now,
    since: known?.since ?? now,
    ...(known?.detail === undefined ? {} : { detail: known.detail }),
    ...(known?.working ? { working: true } : {}),
  };
  const next = { ...rollout, hooks: { ...rollout.hooks, [name]: state } };
  const { url, timeout: timeoutMs } = hook;
  const version = rollout.release.version;
  const turn: Turn = {
    ...issued(scene, next, [{ ...base(scene, next), type: "ask_hook", hook: name, url, timeoutMs, version }]),
    reason: "hook_asked",
    trace: [clause("chosen", "hook", `hook ${name} is asked, for the ${asked}. time`, { hook: name, asked })],
  };
  return { kind: "turn", turn };
}
