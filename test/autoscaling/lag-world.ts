import type { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import type { GroupSeen, LagSeen, PartitionSeen } from "../../shared/core/autoscaling/lag/types.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { asked, EMPTY, fleet, T0 } from "./given.ts";

export interface LagWorldOptions {
  readonly partitions: number;
  /** Records per second at a second since the start. */
  readonly arrivals: (second: number) => number;
  /** Records per second of one consumer at a second since the start. */
  readonly speed: number | ((second: number) => number);
  readonly consumers: number;
  /** Seconds from asking for a consumer to its joining; seconds in which nobody reads when the group changes. */
  readonly startS?: number;
  readonly rebalanceS?: number;
  /** Share of what arrives, by partition. Default: even. */
  readonly weights?: readonly number[];
  /** Partitions whose consumer does not get on. */
  readonly stuck?: readonly number[];
  /** In place of what is seen. */
  readonly seen?: (seen: GroupSeen, minute: number) => LagSeen;
}

export interface LagMinute {
  readonly minute: number;
  readonly lag: number;
  readonly desired: number;
  readonly reason: string;
  readonly text: string;
  readonly state: string;
}

/** A group that reads, second by second, and the machine that looks at it once a minute. */
export function lagWorld(given: AutoscalingConfig, minutes: number, options: LagWorldOptions): readonly LagMinute[] {
  const { partitions, startS = 20, rebalanceS = 15, stuck = [] } = options;
  const weights = options.weights ?? Array.from({ length: partitions }, () => 1 / partitions);
  const ends = weights.map(() => 0);
  const done = weights.map(() => 0);
  const committed = weights.map(() => 0);
  let desired = options.consumers;
  let members = options.consumers;
  let joinAt = -1;
  let busyUntil = -1;
  let state: AutoscalingState = EMPTY;
  const history: LagMinute[] = [];
  for (let second = 0; second <= minutes * 60; second += 1) {
    if (members !== desired && (desired < members || second >= joinAt)) {
      members = desired;
      busyUntil = second + rebalanceS;
    }
    if (second > 0) {
      for (const [index, weight] of weights.entries())
        ends[index] = (ends[index] as number) + weight * options.arrivals(second);
      if (second >= busyUntil) consume(second);
      // Clients commit every five seconds.
      if (second % 5 === 0) for (const index of committed.keys()) committed[index] = Math.floor(done[index] as number);
    }
    if (second % 60 === 0) decide(second);
  }
  return history;

  function consume(second: number) {
    const speed = typeof options.speed === "number" ? options.speed : options.speed(second);
    for (let member = 0; member < Math.min(members, partitions); member += 1) {
      const own = [...weights.keys()].filter((index) => index % Math.min(members, partitions) === member);
      const open = own.filter((index) => !stuck.includes(index));
      let room = speed;
      // A consumer fetches from all of its partitions in turn.
      for (let turn = 0; turn < 4 && room > 1e-6; turn += 1) {
        const waiting = open.filter((index) => (ends[index] as number) > (done[index] as number));
        const share = room / waiting.length;
        for (const index of waiting) {
          const take = Math.min(share, (ends[index] as number) - (done[index] as number));
          done[index] = (done[index] as number) + take;
          room -= take;
        }
      }
    }
  }

  function decide(second: number) {
    const now = T0 + second * 1000;
    const at = second / 60;
    const topics = {
      orders: weights.map(
        (_, index): PartitionSeen => [committed[index] as number, Math.floor(ends[index] as number), 0],
      ),
    };
    const name = members === 0 ? "Empty" : second < busyUntil ? "PreparingRebalance" : "Stable";
    const group: GroupSeen = { at: now, state: name, topics };
    const seen = options.seen?.(group, at) ?? group;
    const actual = fleet(desired, { ready: Math.min(desired, members), running: members, at: now });
    const input = { kind: "evaluate", service: "billing", actual, readings: {}, lags: { "0": seen } } as const;
    const step = autoscaling.step(given, state, input, now);
    state = step.state;
    const wanted = asked(step);
    if (step.actions.length > 0) {
      const results = step.actions.map(({ key }) => ({ key, status: "done" as const, at: now, detail: "" }));
      state = autoscaling.settle(given, state, results, now);
    }
    if (wanted !== undefined) {
      if (wanted > desired) joinAt = second + startS;
      desired = wanted;
    }
    const lag = weights.reduce(
      (sum, _, index) => sum + Math.floor(ends[index] as number) - (committed[index] as number),
      0,
    );
    const text = step.trace.at(-1)?.text ?? "";
    history.push({ minute: at, lag, desired, reason: step.reason, text, state: name });
  }
}

/** How often the count changed. */
export const changes = (history: readonly LagMinute[]): number =>
  history.filter(({ desired }, index) => index > 0 && desired !== history[index - 1]?.desired).length;
