import type { DurationMs, Millis } from "../kernel/time.ts";
import type { GroupConfig, GroupState } from "./group-types.ts";
import { nextPageAt } from "./oncall/paging.ts";

/** Time for a flush's deliveries at the least. Source: notify.MinTimeout. */
export const MIN_DEADLINE_MS: DurationMs = 10_000;

/** When a flush's deliveries are given up. */
export const deadlineOf = (at: Millis, groupIntervalMs: DurationMs): Millis =>
  at + Math.max(groupIntervalMs, MIN_DEADLINE_MS);

/** First flush of a group that opens at `at`: after group_wait, or at once where the alert that opens it is that old already. */
export function firstTick(
  at: Millis,
  startsAt: Millis,
  groupWaitMs: DurationMs,
  notBefore: Millis = Number.NEGATIVE_INFINITY,
): Millis {
  return Math.max(startsAt + groupWaitMs <= at ? at : at + groupWaitMs, notBefore);
}

type Clock = Pick<GroupState, "status" | "firstTickAt">;
type Interval = Pick<GroupConfig, "groupIntervalMs">;

/** The latest tick at or before `now`; undefined before the first. Ticks count from the first one, not from deliveries. */
export function tickAt({ status, firstTickAt }: Clock, { groupIntervalMs }: Interval, now: Millis): Millis | undefined {
  if (status !== "open" || firstTickAt === undefined || now < firstTickAt) return undefined;
  return firstTickAt + Math.floor((now - firstTickAt) / groupIntervalMs) * groupIntervalMs;
}

/** The first tick after `now`; undefined where the group is not open. */
export function nextTick(state: Clock, route: Interval, now: Millis): Millis | undefined {
  const last = tickAt(state, route, now);
  return last === undefined ? (state.status === "open" ? state.firstTickAt : undefined) : last + route.groupIntervalMs;
}

/** When the next escalation is due; undefined: none is, or somebody has acknowledged. */
export function nextEscalation(
  state: GroupState,
  config: Pick<GroupConfig, "escalation" | "paging">,
): Millis | undefined {
  const { toldSince, ack, escalated = {}, paging, status } = state;
  if (status !== "open" || ack) return undefined;
  const ahead =
    toldSince === undefined
      ? []
      : config.escalation
          .filter(({ rule }) => !Object.hasOwn(escalated, rule))
          .map(({ afterMs }) => toldSince + afterMs);
  const page = paging && config.paging ? nextPageAt(config.paging, paging) : undefined;
  if (page !== undefined) ahead.push(page);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
}

/**
 * Which tick a waking group has to handle: the latest one, unless it was handled before. `dueAt` is what the group's item says; a
 * tick before it has been looked at already.
 */
export function dueTick(state: Clock, route: Interval, now: Millis, dueAt: Millis | undefined): Millis | undefined {
  const tick = tickAt(state, route, now);
  return tick !== undefined && (dueAt === undefined || tick >= dueAt) ? tick : undefined;
}
