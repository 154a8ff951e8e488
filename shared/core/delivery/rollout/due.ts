import { type Millis, SECOND_MS } from "../../kernel/time.ts";
import { gateOf } from "./judge.ts";
import { waysOf } from "./strategies.ts";
import { sweepDue } from "./sweep.ts";
import type { Rollout, RolloutConfig, RolloutState } from "./types.ts";

/** A version that serves is looked at so often at least, however long a tick is: it may die in between. */
const LONGEST_UNSEEN_MS = 30 * SECOND_MS;

/** When the service's rollout wants to be looked at again; a service that is not being rolled out: never. */
export function dueAt(config: RolloutConfig, state: RolloutState, now?: Millis): Millis | undefined {
  const { current } = state;
  if (!current) return sweepDue(state, now ?? state.ended[0]?.endedAt ?? 0);
  const at = now ?? lastOf(current);
  const { delivery } = config;
  const soon = at + delivery.poll;
  if (answered(current) || current.refusal) return at;
  switch (current.phase) {
    case "judging":
    case "baking":
    case "approval":
      // Health is watched closely only where something is wrong with it.
      return current.unreadySince !== undefined ? soon : Math.min(waitingFor(config, current, at), current.deadline);
    default:
      return current.paused ? Math.min(waitingFor(config, current, at), current.deadline) : soon;
  }
}

/** Whether a hook has answered and nothing came of it yet. */
const answered = ({ hooks, phase, last }: Rollout): boolean =>
  last === "hook_asked" &&
  phase !== "returning" &&
  phase !== "cleaning" &&
  Object.values(hooks).some(({ status, since, at }) => status !== "waiting" && since !== undefined && at >= since);

/** The end of the next tick, or of the step if that is earlier; once a tick is over and not counted yet, the next poll. */
function waitingFor(config: RolloutConfig, rollout: Rollout, at: Millis): Millis {
  const { delivery } = config;
  const { phase, steps, step, since, judgedUntil, paused } = rollout;
  const bake = phase === "baking" ? waysOf(rollout).bakeMs(delivery) : (steps[step]?.forMs ?? 0);
  const end = since + bake;
  const gated = gateOf(config, rollout) !== undefined && judgedUntil !== undefined;
  const tick = gated ? judgedUntil + delivery.every : at + delivery.every;
  const waits = phase !== "approval" && !paused;
  const next = waits ? Math.min(tick, end > at ? end : tick, at + Math.max(LONGEST_UNSEEN_MS, delivery.poll)) : tick;
  return next > at ? next : at + delivery.poll;
}

const lastOf = ({ since, judgedUntil, tried, unreadySince }: Rollout): Millis =>
  Math.max(since, judgedUntil ?? 0, tried?.at ?? 0, unreadySince ?? 0);
