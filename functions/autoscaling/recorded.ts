import { autoOf } from "../../shared/core/autoscaling/auto.ts";
import type { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { capacityOf } from "../../shared/core/autoscaling/learned.ts";
import { perTaskOf } from "../../shared/core/autoscaling/tune/per-task.ts";
import type { Unfound } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import type { AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import { DAY_MS, type DurationMs, formatDuration, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { SampleAnswer } from "../../shared/core/ports/samples.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Target } from "./observe.ts";
import type { RecordedLoad } from "./played.ts";

/** What was recorded of a service, or why it cannot be played. */
export type Recorded =
  | { readonly ok: true; readonly load: RecordedLoad; readonly days: number }
  | { readonly ok: false; readonly what: Unfound; readonly why: string; readonly days: number };

/** CloudWatch keeps minutes for 15 days. */
const HISTORY_MS = 14 * DAY_MS;
/** One day to warm up, one to pick on, one to score on. */
const LEAST_DAYS = 3;
/** Gaps are joined by straight lines; with more of them it is no recording. */
const LEAST_KNOWN = 0.8;
/** What a task can do, and what is measured at all, is looked up in the newest days. */
const NEWEST_MS = 2 * DAY_MS;
/** Metrics of the model that a service's source may not have: CloudWatch tells no backlog, and `ready` only behind a load balancer. */
const MAY_LACK = ["backlog", "ready"] as const;
/** What could be seen in fewer of the newest minutes counts as not measured. */
const LEAST_SEEN = 0.5;

/** Metric that arrives at a service, as its policies name it. */
export function arrivalsOf(config: Pick<AutoscalingConfig, "policies">): string {
  for (const policy of config.policies) if ("arrivals" in policy) return policy.arrivals;
  return "requests";
}

/** Metric of what waits, as the policies name it. */
function backlogOf(config: Pick<AutoscalingConfig, "policies">): string {
  for (const policy of config.policies) if ("backlog" in policy && policy.backlog !== null) return policy.backlog;
  return "backlog";
}

export interface RecordedOptions {
  /** Fewer are too little history. Default 3. */
  readonly leastDays?: number;
  /** Only the newest of them are read. Default: as many as the service's `history` says, or 14. */
  readonly mostDays?: number;
}

/**
 * The load of one service as it was measured, minute by minute, with what one of its tasks can do, and which metrics of the model nobody measures: the
 * service's policies do not see those, so those that are played must not either.
 *
 * @throws HeadgateError `samples.unavailable`, `store.unavailable`
 */
export async function recorded(
  runtime: Runtime,
  tenant: string,
  { name, ref, config }: Target,
  { leastDays = LEAST_DAYS, mostDays = Number.POSITIVE_INFINITY }: RecordedOptions = {},
): Promise<Recorded> {
  const to = Math.floor(runtime.now() / MINUTE_MS) * MINUTE_MS;
  const metric = arrivalsOf(config);
  const query = (id: string, span: DurationMs) => ({
    ...{ id, service: ref, metric: id, stat: "avg" as const, periodMs: MINUTE_MS, from: to - span, to },
  });
  const history = Math.min(autoOf(config)?.history ?? HISTORY_MS, mostDays * DAY_MS);
  const waiting = backlogOf(config);
  const newest = [...new Set(["cpu", "ready", waiting])].filter((id) => id !== metric);
  const [answers, stored] = await Promise.all([
    runtime.samples.read([query(metric, history), ...newest.map((id) => query(id, NEWEST_MS))]),
    runtime.store.load({ tenant, noun: "autoscaling", subject: name }),
  ]);
  const answerOf = (id: string) => answers.find((answer) => answer.id === id);
  const [arrivals, cpu, ready] = [metric, "cpu", "ready"].map(answerOf);
  const points = (arrivals?.points ?? []).filter(({ value }) => value >= 0 && Number.isFinite(value));
  const held = tooLittle(name, metric, arrivals, points, leastDays);
  const days = spanOf(points) / DAY_MS;
  if (held) return { ok: false, ...held, days };
  const latest = points.filter(({ at }) => at >= to - NEWEST_MS);
  // Every source tells CPU: where it cannot be read either, nobody knows what is measured.
  if (newest.every((id) => answerOf(id)?.status === "failed"))
    throw new HeadgateError("samples.unavailable", `what is measured of ${name} could not be read: ${cpu?.detail}`, {
      retryable: true,
    });
  const without = MAY_LACK.filter((id) => {
    const answer = answerOf(id === "backlog" ? waiting : id);
    return seenShare(latest, answer?.points ?? [], config.maxAge) < LEAST_SEEN;
  });
  const learned = (stored?.state as Partial<AutoscalingState> | undefined)?.learned;
  const state = learned ? { learned } : {};
  const capacity = capacityOf(config, state);
  const perTask = capacity?.confident
    ? capacity.perTask
    : (perTaskOf(points, cpu?.points ?? [], ready?.points ?? []) ?? capacity?.perTask);
  if (perTask === undefined) {
    const why = `what one task of ${name} can do is not known: set capacity, or let ${metric}, cpu and ready be measured for an hour of work`;
    return { ok: false, what: "no_capacity", why, days };
  }
  const starts = config.startDelay === undefined ? (learned?.starts ?? []) : [config.startDelay];
  return {
    ok: true,
    days,
    load: {
      service: name,
      // A rate per second, as the work of a minute.
      trace: { points: points.map(({ at, value }) => ({ at, value: value * 60 })), stepMs: MINUTE_MS },
      perTask,
      config,
      ...(without.length === 0 ? {} : { without }),
      ...(starts.length === 0 ? {} : { startDelayMs: [Math.min(...starts), Math.max(...starts)] as const }),
    },
  };
}

const spanOf = (points: readonly Point[]): DurationMs =>
  points.length === 0 ? 0 : (points.at(-1) as Point).at + MINUTE_MS - (points[0] as Point).at;

/** In how many of the minutes a policy that looked would have found a point no older than `maxAge`, 0..1. */
function seenShare(minutes: readonly Point[], points: readonly Point[], maxAge: DurationMs): number {
  let [seen, next] = [0, 0];
  for (const { at } of minutes) {
    while (next < points.length && (points[next] as Point).at <= at) next += 1;
    const newest = points[next - 1];
    if (newest && at - newest.at <= maxAge) seen += 1;
  }
  return minutes.length === 0 ? 0 : seen / minutes.length;
}

function tooLittle(
  service: string,
  metric: string,
  answer: SampleAnswer | undefined,
  points: readonly Point[],
  leastDays: number,
): { readonly what: Unfound; readonly why: string } | undefined {
  if (points.length < 2) {
    const detail = answer?.detail === undefined ? "" : ` (${answer.detail})`;
    return { what: "no_samples", why: `nothing was recorded of ${metric} of ${service}${detail}` };
  }
  const span = spanOf(points);
  const known = (points.length * MINUTE_MS) / span;
  if (span < leastDays * DAY_MS) {
    const why = `${formatDuration(span)} of ${metric} were recorded, and at least ${formatDuration(leastDays * DAY_MS)} are needed`;
    return { what: "too_little_history", why };
  }
  if (known < LEAST_KNOWN) {
    const why = `only ${Math.round(known * 100)} % of the minutes of ${metric} were recorded, and at least ${LEAST_KNOWN * 100} % are needed`;
    return { what: "too_little_history", why };
  }
  // No mean to scale by, and no price of a minute.
  if (points.every(({ value }) => value === 0))
    return { what: "no_samples", why: `nothing arrived at ${service} in ${formatDuration(span)}: ${metric} was 0` };
  return undefined;
}

/**
 * The same for a request: a load, or an error that says what is missing.
 *
 * @throws HeadgateError `history.short`
 */
export async function recordedLoad(
  runtime: Runtime,
  tenant: string,
  target: Target,
  options?: RecordedOptions,
): Promise<RecordedLoad> {
  const found = await recorded(runtime, tenant, target, options);
  if (found.ok) return found.load;
  throw new HeadgateError("history.short", found.why);
}
