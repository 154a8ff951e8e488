import type { Clause } from "../kernel/step.ts";
import { DAY_MS, formatDuration, type Millis } from "../kernel/time.ts";
import { alarmsFor } from "./alarms.ts";
import type { AutoscalingConfig } from "./config.ts";
import type { Facts } from "./opinion.ts";
import { isInstant, say } from "./signal.ts";
import { patch } from "./state.ts";
import type { AlarmChange, AutoscalingState } from "./types.ts";

const MOST_ALARMS = 20;
/** A service's name has up to 200 characters, a metric's 64. */
const MOST_NAME = 300;
/** After so many periods without a breach an alarm that still counts as open has lost its OK. */
const LOST_AFTER_PERIODS = 5;

export interface Noted {
  readonly state: AutoscalingState;
  readonly clauses: readonly Clause[];
}

/**
 * Remembers which alarms are open. An alarm calls once, on the change of its state; while it is open the service is
 * looked at every period. Events may come twice and out of order: an OK older than the ALARM it would end is dropped.
 */
export function note(state: AutoscalingState, alarm: AlarmChange | undefined, now: Millis): Noted {
  if (!alarm || typeof alarm.name !== "string") return { state, clauses: [] };
  const name = alarm.name.slice(0, MOST_NAME);
  const at = isInstant(alarm.at) ? Math.min(alarm.at, now) : now;
  const since = Object.hasOwn(state.alarms, name) ? state.alarms[name] : undefined;
  const clause: Clause = {
    kind: "changed",
    rule: "alarm",
    text: `alarm ${name} went to ${alarm.state}`,
    values: { name, state: alarm.state, at },
  };
  if (alarm.state === "ALARM") {
    if (since !== undefined && since >= at) return { state, clauses: [clause] };
    const others = Object.entries(state.alarms).filter(([other]) => other !== name);
    const kept = others.sort(([, a], [, b]) => b - a).slice(0, MOST_ALARMS - 1);
    return { state: patch(state, { alarms: Object.fromEntries([...kept, [name, at]]) }), clauses: [clause] };
  }
  if (since === undefined || at < since) return { state, clauses: [clause] };
  return { state: without(state, name), clauses: [clause] };
}

/** Drops alarms whose OK never came: the readings contradict them, or nobody knows them any more. */
export function forget(state: AutoscalingState, config: AutoscalingConfig, service: string, facts: Facts): Noted {
  const names = Object.keys(state.alarms);
  if (names.length === 0) return { state, clauses: [] };
  const specs = alarmsFor(service, config);
  const clauses: Clause[] = [];
  let next = state;
  for (const name of names) {
    const open = facts.now - (state.alarms[name] as Millis);
    const spec = specs.find((one) => one.name === name);
    const text = spec
      ? contradicted(spec.metric, spec.threshold, spec.comparison, open, config, facts)
      : open > DAY_MS
        ? `nobody knows it`
        : undefined;
    if (text === undefined) continue;
    next = without(next, name);
    clauses.push({
      kind: "changed",
      rule: "alarm",
      text: `alarm ${name}, open for ${formatDuration(open)}, counts as over: ${text}`,
      values: { name },
    });
  }
  return { state: next, clauses };
}

function contradicted(
  metric: string,
  threshold: number,
  comparison: string,
  openMs: number,
  config: AutoscalingConfig,
  facts: Facts,
): string | undefined {
  const signal = facts.signal(metric);
  if (!signal.known || openMs <= LOST_AFTER_PERIODS * config.period) return undefined;
  const quiet = comparison.startsWith(">") ? signal.value < threshold : signal.value > threshold;
  return quiet ? `${metric} is ${say(signal.value, signal.unit)}` : undefined;
}

function without(state: AutoscalingState, name: string): AutoscalingState {
  return patch(state, { alarms: Object.fromEntries(Object.entries(state.alarms).filter(([other]) => other !== name)) });
}
