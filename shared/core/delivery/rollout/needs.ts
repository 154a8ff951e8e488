import type { Millis } from "../../kernel/time.ts";
import { gateOf, nextTick } from "./judge.ts";
import { goesForward } from "./scene.ts";
import type { RolloutConfig, RolloutInput, RolloutState } from "./types.ts";

/** What has to be observed for the next decision: nothing else is read. */
export interface Needs {
  readonly versions: true;
  readonly shares: boolean;
  /** Whole intervals of `everyMs` from `from` up to what is settled, and no later than the last whole one before now. */
  readonly counts?: {
    readonly from: Millis;
    readonly everyMs: number;
    readonly canary: string;
    readonly baseline: string;
    /** Absent: slow requests are not counted. */
    readonly slowMs?: number;
  };
  /** So many whole intervals of the old version before `to`. */
  readonly history?: {
    readonly to: Millis;
    readonly ticks: number;
    readonly everyMs: number;
    readonly baseline: string;
    /** Of the configuration; absent: the p99 of this very history, which then has to be told as `look.slowMs`. */
    readonly slowMs?: number;
  };
  /** Names of alerts that stop a rollout; empty: none has to be asked for. */
  readonly alerts: readonly string[];
}

/** What the next look has to see, for an input of this kind. */
export function needsOf(config: RolloutConfig, state: RolloutState, kind: RolloutInput["kind"], now: Millis): Needs {
  const { current } = state;
  const { delivery } = config;
  if (!current) return { versions: true, shares: kind === "start" || state.ended.length > 0, alerts: [] };
  const forward = goesForward(current);
  const plain = {
    versions: true,
    shares: current.divides === true,
    alerts: forward ? delivery.stopOn : [],
  } as const;
  const { from, gate, judgedUntil, slowMs, startedAt, release } = current;
  if (!forward || from === undefined || delivery.gate === "off" || !gateOf(config, current)) return plain;
  const everyMs = delivery.every;
  if (gate === undefined) {
    const { slow, history: ticks } = delivery.gate;
    const to = nextTick(startedAt, everyMs) - everyMs;
    const history = { to, ticks, everyMs, baseline: from, ...(slow === undefined ? {} : { slowMs: slow }) };
    return { ...plain, history };
  }
  if (judgedUntil === undefined || judgedUntil + everyMs > now) return plain;
  const counts = { from: judgedUntil, everyMs, canary: release.version, baseline: from };
  return { ...plain, counts: { ...counts, ...(slowMs === undefined ? {} : { slowMs }) } };
}
