import { formatDuration, HOUR_MS, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { largest, type Move } from "./asking.ts";
import { own } from "./policy.ts";
import { over } from "./sight.ts";
import { patch } from "./state.ts";
import type { FlinkScalingState, FlinkSeen, Parallelisms, Rescale } from "./types.ts";
import { figure } from "./words.ts";

type Ended = Extract<Move, { readonly ended: string }>;

/** The same is not tried again for so long, doubled by each failure in a row. */
const REFUSED_MS = 30 * MINUTE_MS;
const REFUSED_MOST_MS = 4 * HOUR_MS;

export const mapOf = ({ vertices }: Pick<FlinkSeen, "vertices">): Parallelisms =>
  Object.fromEntries(vertices.map(({ id, parallelism }) => [id, parallelism]));

/** The state after a rescale has ended, whichever way: its metrics begin anew, and what runs now is what is known. */
export function ended(
  state: FlinkScalingState,
  move: Ended,
  seen: FlinkSeen | undefined,
  now: Millis,
): FlinkScalingState {
  const { rescale } = move;
  const alive = seen && !over(seen) ? seen : undefined;
  const base = patch(state, {
    rescale: undefined,
    window: undefined,
    down: undefined,
    ...(alive
      ? { known: { jobId: alive.jobId, parallelism: mapOf(alive), since: now }, desired: largest(mapOf(alive)) }
      : {}),
    ...(rescale.how === "savepoint" && rescale.savepoint !== undefined ? { savepoint: rescale.savepoint } : {}),
  });
  switch (move.ended) {
    case "rescaled":
      return rescaled(base, rescale, seen, move.restartMs, now);
    case "rolled_back":
    case "failed":
      return patch(base, { refused: refusedAfter(state, rescale, move, now) });
    case "external":
      return base;
  }
}

function refusedAfter(
  state: FlinkScalingState,
  { direction }: Rescale,
  move: Ended,
  now: Millis,
): FlinkScalingState["refused"] {
  const before = state.refused?.direction === direction ? state.refused.count : 0;
  const count = before + 1;
  const until = now + Math.min(REFUSED_MOST_MS, REFUSED_MS * 2 ** Math.min(10, before));
  return { direction, count, until, why: (move.clauses.at(-1)?.text ?? "it came to nothing").slice(0, 300) };
}

function rescaled(
  state: FlinkScalingState,
  rescale: Rescale,
  seen: FlinkSeen | undefined,
  restartMs: number,
  now: Millis,
): FlinkScalingState {
  const { direction, from, to, expected, before, decisionAt } = rescale;
  const is = seen ? mapOf(seen) : to;
  const ups = Object.entries(expected).flatMap(([id, [rate, want]]) => {
    const count = own(is, id);
    return count !== undefined && count === own(to, id)
      ? [[id, { at: now, to: count, rate, expected: want }] as const]
      : [];
  });
  // Of vertices that were left alone, what was expected of them before still holds.
  const kept = Object.entries(state.ups ?? {}).filter(([id, up]) => own(is, id) === up.to && own(from, id) === up.to);
  return patch(state, {
    refused: undefined,
    restartMs: Math.max(state.restartMs ?? 0, Math.round(restartMs)),
    ups: Object.fromEntries([...kept, ...ups]),
    effect: { decisionAt, since: now, from: largest(from), to: largest(is), restartMs: Math.round(restartMs), before },
    ...(direction === "out" ? { lastOutAt: now } : { lastInAt: now }),
  });
}

/** What is told of a job before and after: busiest subtask, records that wait, records that its sources read. */
export function measured({ vertices }: FlinkSeen): { readonly [name: string]: number } {
  const finite = (values: readonly (number | undefined)[]) => values.filter((one) => Number.isFinite(one)) as number[];
  const busy = finite(vertices.map(({ busyMax }) => busyMax));
  const sources = vertices.filter(({ inputs }) => inputs.length === 0);
  const lag = finite(sources.map(({ pendingRecords }) => pendingRecords));
  const rate = finite(sources.map(({ inPerSecond }) => inPerSecond));
  const sum = (values: readonly number[]) => Math.round(values.reduce((total, one) => total + one, 0) * 1000) / 1000;
  return {
    ...(busy.length > 0 ? { busyMs: Math.round(Math.max(...busy)) } : {}),
    ...(lag.length > 0 ? { lag: sum(lag) } : {}),
    ...(rate.length > 0 ? { inPerSecond: sum(rate) } : {}),
  };
}

/** What became of a rescale, once `after` has passed since it was done. */
export function outcomeOf(
  effect: NonNullable<FlinkScalingState["effect"]>,
  service: string,
  seen: FlinkSeen,
): {
  readonly type: "record_outcome";
  readonly key: string;
  readonly decisionAt: Millis;
  readonly text: string;
  readonly values: { readonly [name: string]: number };
} {
  const after = measured(seen);
  const { decisionAt, restartMs, from, to, before } = effect;
  const moved = (name: string, label: string, unit: string) => {
    const [was, is] = [own(before, name), own(after, name)];
    if (is === undefined) return [];
    return [
      was === undefined ? `${label} ${figure(is)}${unit}` : `${label} ${figure(was)}${unit} → ${figure(is)}${unit}`,
    ];
  };
  const parts = [
    `parallelism ${from} → ${to}`,
    `away for ${formatDuration(restartMs)}`,
    ...moved("inPerSecond", "sources read", "/s"),
    ...moved("lag", "waiting records", ""),
    ...moved("busyMs", "busiest subtask", " ms/s"),
  ];
  const values = {
    ...Object.fromEntries(Object.entries(before).map(([name, value]) => [`${name}Before`, value])),
    ...after,
    restartMs,
    from,
    to,
  };
  return {
    type: "record_outcome",
    key: `outcome:${service}:${decisionAt}`,
    decisionAt,
    text: parts.join("; "),
    values,
  };
}
