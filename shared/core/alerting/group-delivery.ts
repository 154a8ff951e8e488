import { hash64 } from "../kernel/hash.ts";
import type { Millis } from "../kernel/time.ts";
import { decideDelivery, remembered } from "./decide.ts";
import { deadlineOf, MIN_DEADLINE_MS } from "./group-tick.ts";
import type { FlushInput, GroupConfig, GroupState } from "./group-types.ts";
import { pageDeliveries, pageTargets } from "./oncall/page-deliveries.ts";
import type { PagePlan } from "./oncall/paging.ts";
import type { PageInput } from "./oncall/paging-types.ts";
import type { IntegrationRef, LogEntry, NotifyAction, NotifyReason } from "./types.ts";

/** One integration that a flush may tell. */
export interface Target {
  /** Key in the log. */
  readonly to: string;
  readonly receiver: string;
  readonly integration: IntegrationRef;
  /** The escalation it belongs to. */
  readonly rule?: string;
}

/** What becomes of one target at a flush. */
export interface Delivery {
  readonly target: Target;
  readonly reason: NotifyReason | undefined;
  /** Why a repeat that is due is held back. */
  readonly held?: "acknowledged" | "cooldown";
  /** Only the log is told: everything is resolved, and the receiver does not want to hear of it. */
  readonly silent: boolean;
}

/** The log's key of an integration of the group's own receiver, or of an escalation's. */
export const logKey = (id: string, escalationReceiver?: string): string =>
  escalationReceiver === undefined ? id : `${escalationReceiver}/${id}`;

/** Everybody a group may tell: its own, those of its escalations, those who are on call now or were told as such. */
export function targetsOf(config: GroupConfig, page: PageInput | undefined): readonly Target[] {
  const own = config.integrations.map(
    (integration): Target => ({ to: logKey(integration.id), receiver: config.identity.receiver, integration }),
  );
  const further = config.escalation.flatMap(({ rule, receiver, integrations }) =>
    integrations.map((integration): Target => ({ to: logKey(integration.id, receiver), receiver, integration, rule })),
  );
  const seen = new Set<string>();
  return [...own, ...further, ...pageTargets(page)].filter(({ to }) => !seen.has(to) && seen.add(to));
}

/**
 * Whether a group's log outlives its time: while people on call are told of it, for whoever was told is told of the end, and while somebody has
 * acknowledged, for what repeats are held back of is no news. Upstream knows neither.
 */
export const logLasts = ({ paging }: Pick<GroupConfig, "paging">, { status, ack }: GroupState): boolean =>
  status === "open" && (paging !== undefined || ack !== undefined);

/** Whether an entry counts at a flush: it has not run out, or tells of what fires where the log lasts. */
export const counts = (config: Pick<GroupConfig, "paging">, state: GroupState, entry: LogEntry, now: Millis): boolean =>
  remembered(entry, now) || (entry.firing.count > 0 && logLasts(config, state));

/** Whether the summary was counted against another log than the state has. */
export const isStale = (config: GroupConfig, state: GroupState, input: FlushInput): boolean =>
  targetsOf(config, input.page).some(({ to }) => {
    const counted = Object.hasOwn(input.integrations, to) ? input.integrations[to] : undefined;
    const entry = state.log[to];
    if (!counted) return true;
    return counted.entryAt === undefined
      ? entry !== undefined && remembered(entry, input.at)
      : counted.entryAt !== entry?.at;
  });

/** Escalations that are due: told long enough ago, and nobody has acknowledged. */
const dueRules = ({ escalation }: GroupConfig, state: GroupState, input: FlushInput): ReadonlySet<string> =>
  new Set(
    escalation.flatMap(({ rule, afterMs }) =>
      state.toldSince !== undefined &&
      !state.ack &&
      !Object.hasOwn(state.escalated ?? {}, rule) &&
      input.escalates.includes(rule) &&
      input.at >= state.toldSince + afterMs
        ? [rule]
        : [],
    ),
  );

/** One delivery for each integration: somebody may be meant in several ways, and is told once. */
function once(all: readonly Delivery[]): readonly Delivery[] {
  const found = new Map<string, Delivery>();
  for (const one of all) {
    const before = found.get(one.target.to);
    if (!before || (before.reason === undefined && one.reason !== undefined)) found.set(one.target.to, one);
  }
  return [...found.values()];
}

/** What becomes of each integration, in order. Nothing is asked where nothing is left to tell of. */
export function deliveries(
  config: GroupConfig,
  state: GroupState,
  input: FlushInput,
  plan?: PagePlan,
): readonly Delivery[] {
  if (input.held || input.firing.count + input.resolved.count === 0) return [];
  const own = ruled(config, state, input);
  return input.page ? once([...own, ...pageDeliveries(config, state, input, plan)]) : own;
}

/** The group's own receiver, and those of the rules of escalation. */
function ruled(config: GroupConfig, state: GroupState, input: FlushInput): readonly Delivery[] {
  const due = dueRules(config, state, input);
  return targetsOf(config, undefined).flatMap((target): readonly Delivery[] => {
    const { to, integration, rule } = target;
    if (!integration.sendable) return [];
    if (rule !== undefined && due.has(rule)) return [{ target, reason: "escalated", silent: false }];
    if (rule !== undefined && !Object.hasOwn(state.escalated ?? {}, rule)) return [];
    const counts = input.integrations[to];
    if (input.tick === undefined || !counts) return [];
    const entry = counts.entryAt === undefined ? undefined : state.log[to];
    const reason = decideDelivery(entry, counts, integration.sendResolved, config.repeatIntervalMs, input.tick);
    const repeats = reason === "repeat interval elapsed";
    if (repeats && state.ack) return [{ target, reason: undefined, held: "acknowledged", silent: false }];
    if (repeats && input.cooldownUntil !== undefined)
      return [{ target, reason: undefined, held: "cooldown", silent: false }];
    return [{ target, reason, silent: reason !== undefined && input.firing.count === 0 && !integration.sendResolved }];
  });
}

/**
 * The action of a delivery. Its key says what is told, to whom, and after what: tried again, even by a later flush, it is the same; a
 * repeat comes after another notification and has another.
 *
 * @param nextPage when the next level of people on call is due: a pager that hangs does not put it off
 */
export function actionOf(
  config: GroupConfig,
  state: GroupState,
  input: FlushInput,
  { target, reason }: Delivery,
  nextPage: Millis = Number.POSITIVE_INFINITY,
): NotifyAction {
  const { to, receiver, integration } = target;
  const { groupKey } = config.identity;
  const { firing, resolved, at } = input;
  const before = state.log[to]?.at ?? 0;
  const told = [groupKey, receiver, integration.id, firing.digest, resolved.digest, before].join("\u0001");
  return {
    type: "notify",
    key: `ntf_${hash64(told)}${hash64(`${told}\u0001`)}`,
    receiver,
    integration,
    reason: reason as NotifyReason,
    groupKey,
    firing,
    resolved,
    flushAt: at,
    deadline: Math.min(deadlineOf(at, config.groupIntervalMs), Math.max(nextPage, at + MIN_DEADLINE_MS)),
  };
}
