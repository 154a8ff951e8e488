import { nextTick } from "../../shared/core/alerting/group-tick.ts";
import { compileMatchers } from "../../shared/core/alerting/matchers/match.ts";
import { parseMatchers } from "../../shared/core/alerting/matchers/parse.ts";
import { resolvedAt } from "../../shared/core/alerting/merge.ts";
import { byAlert } from "../../shared/core/alerting/order.ts";
import type { AlertRow } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type {
  AlertGroupsView,
  AlertGroupView,
  IntegrationView,
  RoutedAlertState,
  RoutedAlertsView,
  RoutedAlertView,
  SuppressedByView,
} from "../api/views-alerting.ts";
import type { EscalationsView } from "../api/views-notifications.ts";
import { groupConfig, rulesOf } from "./group-config.ts";
import { type Live, type LiveGroup, liveOf } from "./live.ts";
import { pageAhead, pagedIntegrations } from "./oncall-live.ts";

const MOST_ALERTS = 50;
const DEFAULT_PAGE = 100;

/** The test of a filter such as `alertname="Down",severity=~"page|ticket"`. @throws HeadgateError `input.invalid` */
export function labelFilter(text: string | undefined): (labels: Labels) => boolean {
  if (text === undefined) return () => true;
  const read = parseMatchers(text);
  if (read.ok) return compileMatchers(read.matchers);
  throw new HeadgateError("input.invalid", `filter: ${read.message}`, {
    faults: [
      {
        path: "filter",
        message: read.message,
        value: text.slice(0, 80),
        allowed: 'alertname="Down",severity=~"page|ticket"',
      },
    ],
  });
}

/** One page of a list in order of a text; the cursor is the last one shown. */
export function page<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { cursor, limit = DEFAULT_PAGE }: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
): { readonly items: readonly T[]; readonly cursor?: string } {
  const rest = cursor === undefined ? items : items.filter((item) => idOf(item) > cursor);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, ...(rest.length > limit && last !== undefined ? { cursor: idOf(last) } : {}) };
}

/** What the lists below are made from, each looked up once. */
export interface Shown {
  readonly live: Live;
  readonly rows: ReadonlyMap<string, AlertRow>;
  readonly groupsOf: ReadonlyMap<string, readonly LiveGroup[]>;
}

export function shownOf(live: Live): Shown {
  const rows = new Map<string, AlertRow>();
  const groupsOf = new Map<string, LiveGroup[]>();
  for (const group of live.groups)
    for (const [fingerprint, row] of group.rows) {
      const known = rows.get(fingerprint);
      if (!known || known.updatedAt < row.updatedAt) rows.set(fingerprint, row);
      const groups = groupsOf.get(fingerprint);
      if (groups) groups.push(group);
      else groupsOf.set(fingerprint, [group]);
    }
  return { live, rows, groupsOf };
}

function suppressedBy(
  { live, rows }: Shown,
  row: AlertRow,
  groups: readonly LiveGroup[],
): SuppressedByView | undefined {
  const { silencedBy, inhibitedBy } = live.suppressed(row.labels);
  // An interval holds back one way an alert takes, so it counts where it holds back all of them.
  const mutedBy = groups.every((group) => group.mutedBy.length > 0)
    ? [...new Set(groups.flatMap((group) => group.mutedBy))]
    : [];
  const cooling = groups.map((group) => live.coolingUntil(row, group) ?? Number.NEGATIVE_INFINITY);
  const cooldownUntil = Math.min(...cooling);
  const cools = cooling.length > 0 && cooldownUntil > live.now;
  if (silencedBy.length + inhibitedBy.length + mutedBy.length === 0 && !cools) return undefined;
  return {
    inhibitedBy: inhibitedBy.map((fingerprint) => {
      const labels = rows.get(fingerprint)?.labels;
      return { fingerprint, ...(labels ? { labels } : {}) };
    }),
    mutedBy,
    silencedBy: live.silences
      .filter(({ id }) => silencedBy.includes(id))
      .map(({ id, createdBy, comment, endsAt }) => ({ id, createdBy, comment, endsAt })),
    ...(cools ? { cooldownUntil } : {}),
  };
}

/** An alert for lists; `only`: of one group. */
export function alertView(shown: Shown, row: AlertRow, only?: LiveGroup): RoutedAlertView {
  const groups = only ? [only] : (shown.groupsOf.get(row.fingerprint) ?? []);
  const suppressed = suppressedBy(shown, row, groups);
  const ack = groups.map(({ state }) => state.ack).find((one) => one !== undefined);
  const over = resolvedAt(row, shown.live.now);
  const state: RoutedAlertState = over ? "resolved" : suppressed ? "suppressed" : ack ? "acknowledged" : "firing";
  const { fingerprint, labels, annotations, startsAt, endsAt, updatedAt, timeout, generatorUrl } = row;
  return {
    fingerprint,
    labels,
    annotations,
    startsAt,
    endsAt,
    updatedAt,
    timeout,
    ...(generatorUrl === "" ? {} : { generatorUrl }),
    state,
    ...(suppressed && !over ? { suppressedBy: suppressed } : {}),
    ...(ack && !over ? { acknowledged: ackView(ack) } : {}),
    groups: groups.map(({ id, route }) => ({ id, receiver: route.receiver })),
  };
}

const ackView = ({ by, at, comment }: { readonly by: string; readonly at: number; readonly comment: string }) => ({
  by,
  at,
  ...(comment === "" ? {} : { comment }),
});

function integrations({ live }: Shown, { route, state }: LiveGroup): readonly IntegrationView[] {
  return (live.alerting.receivers.get(route.receiver)?.integrations ?? []).map(
    ({ id, type, sendResolved, sendable }) => {
      const entry = state.log[id];
      return {
        id,
        type,
        sendResolved,
        sendable,
        ...(entry
          ? {
              lastAt: entry.at,
              lastReason: entry.reason,
              lastFiring: entry.firing.count,
              lastResolved: entry.resolved.count,
              repeatAt: entry.at + route.repeatIntervalMs,
            }
          : {}),
      };
    },
  );
}

/** Who is told next about a group, and when; undefined: nobody. */
function escalation(shown: Shown, group: LiveGroup): AlertGroupView["escalation"] | undefined {
  const { live } = shown;
  const { route, state, rows } = group;
  const config = groupConfig(live.alerting, route, state.identity);
  if (config.paging) return pageAhead(config, state);
  const steps = config.escalation;
  if (state.toldSince === undefined) return undefined;
  // As a flush sees it: only rules that hold for an alert which fires and is told of.
  const told = [...rows.values()].filter((row) => !resolvedAt(row, live.now));
  const holding = new Set(
    rulesOf(live.alerting).escalation.matches.flatMap(({ rule, matches }) =>
      told.some((row) => matches(row.labels) && !suppressedBy(shown, row, [group])) ? [rule] : [],
    ),
  );
  const open = steps.find(({ rule }) => state.escalated?.[rule] === undefined && holding.has(rule));
  const last = steps.findLast(({ rule }) => state.escalated?.[rule] !== undefined);
  if (open && !state.ack) return { to: open.receiver, at: state.toldSince + open.afterMs, done: false };
  return last ? { to: last.receiver, at: state.escalated?.[last.rule] as number, done: true } : undefined;
}

export function groupView(shown: Shown, group: LiveGroup): AlertGroupView {
  const { live } = shown;
  const { id, route, state, groupKey, labels, mutedBy } = group;
  const { groupWaitMs, groupIntervalMs, repeatIntervalMs } = route;
  const alerts = [...group.rows.values()].sort(byAlert).map((row) => alertView(shown, row, group));
  const config = groupConfig(live.alerting, route, state.identity);
  const next = nextTick(state, config, live.now) ?? group.dueAt;
  const escalates = escalation(shown, group);
  const of = (...states: readonly RoutedAlertState[]): number =>
    alerts.filter((one) => states.includes(one.state)).length;
  return {
    id,
    groupKey,
    receiver: route.receiver,
    labels,
    routeLabels: route.labels,
    routeId: route.id,
    timing: { groupWaitMs, groupIntervalMs, repeatIntervalMs },
    ...(state.openedAt === undefined ? {} : { openedAt: state.openedAt }),
    ...(state.flushedAt === undefined ? {} : { lastFlushAt: state.flushedAt }),
    ...(next === undefined ? {} : { nextFlushAt: next }),
    mutedBy,
    counts: { firing: of("firing", "acknowledged"), suppressed: of("suppressed"), resolved: of("resolved") },
    ...(state.ack ? { acknowledged: ackView(state.ack) } : {}),
    ...(escalates ? { escalation: escalates } : {}),
    integrations: [...integrations(shown, group), ...pagedIntegrations(live.alerting, config, state)],
    alerts: alerts.slice(0, MOST_ALERTS),
  };
}

/** What is asked of the list of alerts. */
export interface AlertsAsked {
  readonly state?: RoutedAlertState | undefined;
  readonly filter?: string | undefined;
  readonly receiver?: string | undefined;
  readonly q?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const holds = (values: Readonly<Record<string, string>>, text: string): boolean =>
  Object.values(values).some((value) => value.toLowerCase().includes(text));

/** GET /api/v1/alerting/alerts, in order of fingerprint. @throws HeadgateError `input.invalid`, `alerting.off` */
export async function alertsListView(runtime: Runtime, tenant: string, asked: AlertsAsked): Promise<RoutedAlertsView> {
  const fits = labelFilter(asked.filter);
  const shown = shownOf(await liveOf(runtime, tenant));
  const q = asked.q?.toLowerCase();
  const counts = { firing: 0, suppressed: 0, acknowledged: 0, resolved: 0 };
  const found: RoutedAlertView[] = [];
  for (const fingerprint of [...shown.rows.keys()].sort()) {
    const row = shown.rows.get(fingerprint) as AlertRow;
    if (!fits(row.labels) || (q !== undefined && !holds(row.labels, q) && !holds(row.annotations, q))) continue;
    const groups = shown.groupsOf.get(fingerprint) ?? [];
    if (asked.receiver !== undefined && !groups.some(({ route }) => route.receiver === asked.receiver)) continue;
    const view = alertView(shown, row);
    counts[view.state] += 1;
    if (asked.state === undefined || asked.state === view.state) found.push(view);
  }
  return { clock: clockOf(runtime), counts, ...page(found, (one) => one.fingerprint, asked) };
}

/** GET /api/v1/alerting/groups, in order of id. */
export async function groupsListView(
  runtime: Runtime,
  tenant: string,
  asked: Omit<AlertsAsked, "state" | "q">,
): Promise<AlertGroupsView> {
  const fits = labelFilter(asked.filter);
  const shown = shownOf(await liveOf(runtime, tenant));
  const found = shown.live.groups
    .filter(({ route }) => asked.receiver === undefined || route.receiver === asked.receiver)
    .filter(({ rows }) => asked.filter === undefined || [...rows.values()].some((row) => fits(row.labels)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const { items, ...rest } = page(found, ({ id }) => id, asked);
  return { clock: clockOf(runtime), items: items.map((group) => groupView(shown, group)), ...rest };
}

/** GET /api/v1/alerting/escalations: who is told next, and who was told because nobody acknowledged. */
export async function escalationsView(runtime: Runtime, tenant: string): Promise<EscalationsView> {
  const shown = shownOf(await liveOf(runtime, tenant));
  const items = shown.live.groups.flatMap((group) => {
    const found = escalation(shown, group);
    const { id, groupKey, route, state } = group;
    if (!found) return [];
    return [
      {
        group: id,
        groupKey,
        receiver: route.receiver,
        ...found,
        ...(state.ack ? { acknowledged: ackView(state.ack) } : {}),
      },
    ];
  });
  return { clock: clockOf(runtime), items: items.sort((a, b) => a.at - b.at) };
}
