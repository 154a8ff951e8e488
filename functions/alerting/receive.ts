import { newRow, type PostedAlert, validatePosted } from "../../shared/core/alerting/merge.ts";
import { type CompiledRoute, matchRoutes } from "../../shared/core/alerting/routes.ts";
import type { AlertRow, GroupIdentity } from "../../shared/core/alerting/types.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { skewMarginMs } from "../../shared/shell/run-limits.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { takeFromLimit } from "./alert-limit.ts";
import { type Alerting, alertingIn, recentAlerting } from "./context.ts";
import { keepEvent } from "./events.ts";
import { groupConfig } from "./group-config.ts";
import { appendRows, arrival } from "./group-rows.ts";
import { groupOf } from "./group-subject.ts";
import { noteSources } from "./inhibitors.ts";
import { openGroup, openUnseen, wakeAt } from "./open-group.ts";

export interface Received {
  readonly accepted: number;
  /** What is wrong with the others, in upstream's words. */
  readonly invalid: readonly string[];
}

interface Batch {
  readonly route: CompiledRoute;
  readonly identity: GroupIdentity;
  readonly rows: AlertRow[];
}

/**
 * Takes alerts as API v2 has them: checks each, keeps the good ones, opens their groups and sets timers. It never sends. When it
 * resolves everything that it counts as accepted is durable.
 *
 * @param options.at when they came; default: now
 * @throws HeadgateError `alerting.off`, `alerts.overloaded` (nothing was kept), those of the store (some may have been kept; sending
 *   them again changes nothing)
 */
export async function receiveAlerts(
  runtime: Runtime,
  tenant: string,
  posted: readonly unknown[],
  options: { readonly at?: Millis } = {},
): Promise<Received> {
  const alerting = await alertingIn(runtime, tenant, recentAlerting);
  const { settings, limits } = alerting.config;
  const { resolveTimeoutMs } = settings;
  takeFromLimit(runtime, tenant, posted.length, limits.alertsPerMinute);
  const now = Math.floor(options.at ?? runtime.now());
  const at = arrival(runtime, now);
  const invalid: string[] = [];
  const good: PostedAlert[] = [];
  for (const one of posted) {
    const read = validatePosted(one, { now: at, resolveTimeoutMs });
    if (read.ok) good.push(read.alert);
    else invalid.push(read.message);
  }
  if (good.length > 0) await keep(runtime, tenant, alerting, good, { now, at });
  runtime.telemetry.count("headgate_alerts_received_total", {}, good.length);
  if (invalid.length > 0) runtime.telemetry.count("headgate_alerts_invalid_total", {}, invalid.length);
  return { accepted: good.length, invalid };
}

async function keep(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  good: readonly PostedAlert[],
  { now, at }: { readonly now: Millis; readonly at: Millis },
): Promise<void> {
  const rows = good.map((alert) => newRow(alert, at, alerting.config.settings.resolveTimeoutMs));
  const groups = grouped(alerting, rows);
  const id = timeId("row", at, runtime.random);
  const opening = [...groups].map(([subject, { route, identity, rows: some }]) => ({
    subject,
    some,
    config: groupConfig(alerting, route, identity),
    // As upstream: the alert that forms the group says whether it is flushed at once, those after it do not.
    open: { kind: "open", at: now, startsAt: (some[0] as AlertRow).startsAt } as const,
  }));
  // All of it in one turn: a store that commits in groups makes one commit of it.
  const [dueAt] = await Promise.all([
    Promise.all(opening.map(({ subject, config, open }) => openUnseen(runtime, tenant, subject, config, open))),
    keepEvent(runtime, tenant, alerting, { at, alerts: good }),
    noteSources(runtime, tenant, alerting, rows),
    ...opening.map(({ subject, some }) => appendRows(runtime, tenant, subject, id, some)),
  ]);
  const late = runtime.now() + skewMarginMs(runtime);
  await Promise.all(
    opening.map(async ({ subject, config, open }, index) => {
      const due = dueAt[index];
      // One that may have been looked at before its rows were there may have been emptied again.
      if (due === undefined || due <= late) await openGroup(runtime, tenant, subject, config, open);
      if (due !== undefined) await wakeAt(runtime, tenant, subject, due);
    }),
  );
}

/** Alerts by the groups they belong to; one may belong to several. */
function grouped({ root }: Alerting, rows: readonly AlertRow[]): ReadonlyMap<string, Batch> {
  const groups = new Map<string, Batch>();
  for (const row of rows)
    for (const route of matchRoutes(root, row.labels)) {
      const { subject, identity } = groupOf(route, row);
      const known = groups.get(subject);
      if (known) known.rows.push(row);
      else groups.set(subject, { route, identity, rows: [row] });
    }
  return groups;
}
