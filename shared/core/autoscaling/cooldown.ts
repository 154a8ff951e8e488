import { type DurationMs, formatDuration, type Millis } from "../kernel/time.ts";
import type { Facts, Opinion } from "./opinion.ts";
import type { AutoscalingState, Cooldown } from "./types.ts";

/** End of a cooldown that is still running, or undefined. A clock that went back holds a little longer, never shorter. */
function running(since: Millis | undefined, lengthMs: DurationMs, now: Millis): Millis | undefined {
  if (since === undefined || !Number.isFinite(since)) return undefined;
  const until = since + lengthMs;
  return now < until ? until : undefined;
}

/** The later of our two last actions: the seed rule has one clock for both directions. */
function lastActionAt(state: AutoscalingState): Millis | undefined {
  if (state.lastOutAt === undefined) return state.lastInAt;
  if (state.lastInAt === undefined) return state.lastOutAt;
  return Math.max(state.lastOutAt, state.lastInAt);
}

/** One clock: any action, out or in, blocks out for `cooldown.out` and in for `cooldown.in`. */
export function oneClock(facts: Facts, cooldown: Cooldown, opinion: Opinion): Opinion {
  if (!opinion.wants) return opinion;
  const until = running(lastActionAt(facts.state), cooldown[opinion.wants], facts.now);
  return until === undefined
    ? opinion
    : hold(opinion, until, facts.now, `cooldown of ${formatDuration(cooldown[opinion.wants])}`);
}

/**
 * Application Auto Scaling: while a scale-out cools down, what it added counts as part of the next one (+2, then +3 adds
 * 1); a scale-in blocks further ones until its cooldown is over, and a scale-out ends that cooldown.
 * `delta` is what the policy would add on its own, before anything already added is counted; `from` is the count before
 * what was already added.
 */
export function awsCooldown(
  facts: Facts,
  cooldown: Cooldown,
  opinion: Opinion,
  delta: number,
  from = facts.state.lastOutFrom ?? facts.desired,
): Opinion {
  if (opinion.wants === "out") return outCooldown(facts, cooldown.out, opinion, delta, from);
  if (opinion.wants === "in") return inCooldown(facts, cooldown.in, opinion);
  return opinion;
}

function outCooldown(facts: Facts, lengthMs: DurationMs, opinion: Opinion, delta: number, from: number): Opinion {
  const { state, now, desired } = facts;
  const until = running(state.lastOutAt, lengthMs, now);
  if (until === undefined) return opinion;
  const added = Math.max(0, desired - from);
  const wanted = desired + delta - added;
  if (wanted <= desired) {
    return hold(opinion, until, now, `cooldown of ${formatDuration(lengthMs)} (${added} already added)`);
  }
  if (added === 0 || wanted >= opinion.desired) return opinion;
  return { ...opinion, desired: wanted, text: `${opinion.text}, ${added} of them already added` };
}

function inCooldown(facts: Facts, lengthMs: DurationMs, opinion: Opinion): Opinion {
  const { state, now } = facts;
  if (state.lastOutAt !== undefined && state.lastInAt !== undefined && state.lastOutAt > state.lastInAt) return opinion;
  const until = running(state.lastInAt, lengthMs, now);
  return until === undefined ? opinion : hold(opinion, until, now, `cooldown of ${formatDuration(lengthMs)}`);
}

function hold(opinion: Opinion, until: Millis, now: Millis, what: string): Opinion {
  return {
    ...opinion,
    held: "held_cooldown",
    until,
    text: `${opinion.text}, but the ${what} has ${formatDuration(until - now)} left`,
    values: { ...opinion.values, until },
  };
}
