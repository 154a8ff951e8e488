import type { FlushInput } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { DAY_MS, HOUR_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { AlertStatsView } from "../api/views-notifications.ts";
import { notificationsOf } from "./history.ts";

const DEFAULT_MS = 7 * DAY_MS;
const PAGE = 500;
/** Decisions that are read for one answer. */
const MOST_READ = 20_000;
/** An incident that begins again so soon after its end flaps. */
const FLAP_MS = HOUR_MS;
const MOST_NAMED = 100;

/** From the first notification about a group until everything in it was resolved. */
interface Incident {
  readonly group: string;
  readonly names: ReadonlySet<string>;
  readonly from: Millis;
  ackAt?: Millis;
  /** Somebody acknowledged it or wrote about it. */
  handled: boolean;
  until?: Millis;
  flapped: boolean;
}

const namesOf = (record: DecisionRecord): ReadonlySet<string> =>
  new Set(
    ((record.input as Partial<FlushInput>).sample ?? [])
      .filter(({ suppressed }) => suppressed === undefined)
      .map(({ labels }) => labels["alertname"] ?? "(no alertname)"),
  );

/** Reads one kind of decisions, newest first; `from`: the oldest instant that was reached. */
async function read(
  runtime: Runtime,
  tenant: string,
  from: Millis,
  to: Millis,
  only: { readonly reason?: string; readonly acted?: true },
) {
  const records: DecisionRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await runtime.journal.list({
      tenant,
      noun: alertGroup.noun,
      from,
      to,
      limit: PAGE,
      ...only,
      ...(cursor ? { cursor } : {}),
    });
    records.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && records.length < MOST_READ);
  return { records, from: cursor === undefined ? from : (records.at(-1)?.at ?? from) };
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Incidents of records in order of time. */
export function incidentsOf(records: readonly DecisionRecord[]): readonly Incident[] {
  const all: Incident[] = [];
  const open = new Map<string, Incident>();
  const endedAt = new Map<string, Millis>();
  for (const record of records) {
    const { subject: group, reason, at } = record;
    const current = open.get(group);
    if (reason === "notified_all_resolved" || reason === "cleared_without_sending") {
      if (current) current.until = at;
      open.delete(group);
      endedAt.set(group, at);
    } else if (reason === "acknowledged" || reason === "commented") {
      if (!current) continue;
      current.handled = true;
      if (reason === "acknowledged") current.ackAt ??= at;
    } else if (!current && reason.startsWith("notified_")) {
      const before = endedAt.get(group);
      const made: Incident = {
        group,
        names: namesOf(record),
        from: at,
        handled: false,
        flapped: before !== undefined && at - before < FLAP_MS,
      };
      open.set(group, made);
      all.push(made);
    }
  }
  return all;
}

/**
 * GET /api/v1/alerting/stats: how long it took, and what made noise. An incident is a group from its first notification until all in
 * it was resolved.
 *
 * @throws HeadgateError `journal.unavailable`
 */
export async function statsView(
  runtime: Runtime,
  tenant: string,
  asked: { readonly from?: Millis | undefined; readonly to?: Millis | undefined },
): Promise<AlertStatsView> {
  const to = asked.to ?? Math.floor(runtime.now()) + 1;
  const from = asked.from ?? to - DEFAULT_MS;
  const acted = await read(runtime, tenant, from, to, { acted: true });
  const said = await Promise.all(
    ["acknowledged", "commented", "cleared_without_sending"].map((reason) =>
      read(runtime, tenant, acted.from, to, { reason }),
    ),
  );
  const byId = new Map(
    [acted, ...said].flatMap(({ records }) => records.map((record) => [record.id, record] as const)),
  );
  const records = [...byId.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const incidents = incidentsOf(records);
  const sent = acted.records.flatMap((record) =>
    notificationsOf(record).map((one) => ({ one, names: namesOf(record) })),
  );
  const failed = (outcome: string): boolean => outcome === "failed" || outcome === "refused";

  const names = new Set([...sent.flatMap((one) => [...one.names]), ...incidents.flatMap((one) => [...one.names])]);
  const noise = [...names].map((alertname) => {
    const own = incidents.filter((one) => one.names.has(alertname));
    const length = median(own.flatMap(({ from: began, until }) => (until === undefined ? [] : [until - began])));
    return {
      alertname,
      notifications: sent.filter((one) => one.names.has(alertname)).length,
      incidents: own.length,
      acknowledged: own.filter(({ ackAt }) => ackAt !== undefined).length,
      ignoredShare: own.length === 0 ? 0 : own.filter(({ handled }) => !handled).length / own.length,
      flapping: own.length === 0 ? 0 : own.filter(({ flapped }) => flapped).length / own.length,
      ...(length === undefined ? {} : { medianMs: length }),
    };
  });
  const byReceiver = Map.groupBy(sent, ({ one }) => `${one.receiver}\u0001${one.integration}`);
  const mtta = mean(incidents.flatMap(({ from: began, ackAt }) => (ackAt === undefined ? [] : [ackAt - began])));
  const mttr = mean(incidents.flatMap(({ from: began, until }) => (until === undefined ? [] : [until - began])));
  return {
    clock: clockOf(runtime),
    from,
    to,
    readFrom: Math.max(from, acted.from),
    notifications: sent.length,
    failed: sent.filter(({ one }) => failed(one.outcome)).length,
    incidents: incidents.length,
    ...(mtta === undefined ? {} : { mttaMs: Math.round(mtta) }),
    ...(mttr === undefined ? {} : { mttrMs: Math.round(mttr) }),
    noise: noise
      .sort((a, b) => b.notifications - a.notifications || (a.alertname < b.alertname ? -1 : 1))
      .slice(0, MOST_NAMED),
    receivers: [...byReceiver.values()].map((some) => {
      const { receiver, integration } = (some[0] as (typeof some)[number]).one;
      return { receiver, integration, sent: some.length, failed: some.filter(({ one }) => failed(one.outcome)).length };
    }),
  };
}
