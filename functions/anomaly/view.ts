import { driverAt, JOINT_WINDOW_MS, jointAt } from "../../shared/core/anomaly/joint.ts";
import type { NamedSignal } from "../../shared/core/anomaly/signals.ts";
import { EMPTY, whole } from "../../shared/core/anomaly/state.ts";
import type { AnomalyState, OpenAnomaly, PastAnomaly } from "../../shared/core/anomaly/types.ts";
import { anomalyText } from "../../shared/core/anomaly/words.ts";
import { formatDuration, type Millis } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type {
  AnomaliesView,
  AnomalySeriesView,
  AnomalyServiceSummary,
  AnomalyServiceView,
  AnomalySignalView,
  AnomalyStateView,
  AnomalyView,
} from "../api/views-anomaly.ts";
import { allStates } from "../monitoring/group-clock.ts";
import { unknown } from "./judge.ts";
import { type SeriesSummary, seriesOfService, summariesOf } from "./series-of.ts";
import { type ScoreTarget, scoreTargetsOf } from "./targets.ts";

/** Every scored service, the most unusual first. */
export async function anomaliesView(runtime: Runtime, tenant: string): Promise<AnomaliesView> {
  const current = await currentConfig(runtime, tenant);
  const targets = current ? scoreTargetsOf(current.config) : [];
  const series = current && targets.length > 0 ? await summariesOf(runtime, tenant, current.config) : new Map();
  const items = targets
    .map((target) => summaryOf(target, series.get(target.name) ?? []))
    .sort((a, b) => b.open - a.open || (b.jointScore ?? -1) - (a.jointScore ?? -1) || (a.service < b.service ? -1 : 1));
  const happened = await happenedTo(runtime, tenant, targets);
  return { clock: clockOf(runtime), state: stateLine(items, runtime.now()), items, ...happened };
}

const MOST_PAST = 50;

/** What is open and what ended last, of all services: some pages of the store, whatever their number. */
async function happenedTo(
  runtime: Runtime,
  tenant: string,
  targets: readonly ScoreTarget[],
): Promise<Pick<AnomaliesView, "open" | "past">> {
  if (targets.length === 0) return { open: [], past: [] };
  const stored = await allStates(runtime, tenant, "anomaly");
  const open: AnomalyView[] = [];
  const past: AnomalyView[] = [];
  for (const target of targets) {
    const item = stored.get(target.name);
    if (!item) continue;
    const state = whole(item.state as unknown as AnomalyState);
    for (const [signal, one] of Object.entries(state.open)) open.push(anomalyView(target, signal, one));
    for (const one of state.past) past.push(anomalyView(target, one.signal, one));
  }
  return {
    open: open.sort((a, b) => b.since - a.since),
    past: past.sort((a, b) => (b.until ?? b.since) - (a.until ?? a.since)).slice(0, MOST_PAST),
  };
}

/** @throws HeadgateError `anomaly.unknown` for a service that is not scored */
export async function anomalyServiceView(
  runtime: Runtime,
  tenant: string,
  service: string,
): Promise<AnomalyServiceView> {
  const { config, version, target } = await targetOf(runtime, tenant, service);
  const [series, stored] = await Promise.all([
    seriesOfService(runtime, tenant, config, service),
    runtime.store.load({ tenant, noun: "anomaly", subject: service }),
  ]);
  const state = stored ? whole(stored.state as unknown as AnomalyState) : EMPTY;
  return {
    clock: clockOf(runtime),
    configVersion: version,
    service: summaryOf(
      target,
      series.map((one) => one.series),
    ),
    series: series.map(({ series: { signal }, points }) => ({ signal, points })),
    open: Object.entries(state.open).map(([signal, one]) => anomalyView(target, signal, one)),
    past: state.past.map((one) => anomalyView(target, one.signal, one)).reverse(),
    judgements: [...state.judgements].reverse(),
  };
}

/** @throws HeadgateError `anomaly.unknown` for a service or signal that is not scored */
export async function anomalySeriesView(
  runtime: Runtime,
  tenant: string,
  service: string,
  wanted: { readonly signal: string; readonly from?: Millis | undefined; readonly to?: Millis | undefined },
): Promise<AnomalySeriesView> {
  const { config, target } = await targetOf(runtime, tenant, service);
  const signal = target.signals.find((one) => one.name === wanted.signal);
  if (!signal) throw unknown(`${service} has no signal ${JSON.stringify(wanted.signal.slice(0, 200))}`);
  const found = await seriesOfService(runtime, tenant, config, service);
  const all = found.find((one) => one.series.signal === signal.name)?.points ?? [];
  const [from, to] = [wanted.from ?? all[0]?.at ?? 0, wanted.to ?? runtime.now()];
  return {
    clock: clockOf(runtime),
    service,
    signal: signal.name,
    ...(signal.unit === undefined ? {} : { unit: signal.unit }),
    threshold: target.config.threshold,
    method: "as_scored",
    from,
    to,
    points: all.filter((point) => point.at >= from && point.at <= to),
  };
}

async function targetOf(runtime: Runtime, tenant: string, service: string) {
  const current = await currentConfig(runtime, tenant);
  const [target] = current ? scoreTargetsOf(current.config, [service]) : [];
  if (!current || !target) throw unknown(`no service ${JSON.stringify(service.slice(0, 200))} is scored`);
  return { config: current.config, version: current.version, target };
}

function anomalyView(target: ScoreTarget, signal: string, one: OpenAnomaly | PastAnomaly): AnomalyView {
  const { since, lastAt, alarms, peak, kind, movement, severity, value, low, high, facts = [] } = one;
  return {
    service: target.name,
    signal,
    since,
    lastAt,
    ...("until" in one ? { until: one.until, ended: one.ended } : {}),
    alarms,
    score: peak,
    kind,
    movement,
    severity,
    value,
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
    facts,
    sentence: [anomalyText(signal, one, target.config.signals[signal]?.unit), ...facts].join("; "),
  };
}

function summaryOf({ name, config, signals }: ScoreTarget, series: readonly SeriesSummary[]): AnomalyServiceSummary {
  const bySignal = new Map(series.map((one) => [one.signal, one]));
  const known = signals.flatMap((signal) => bySignal.get(signal.name) ?? []);
  const views = signals.map((signal) => signalView(signal, bySignal.get(signal.name)));
  const newestAt = known.length === 0 ? undefined : Math.max(...known.map((one) => one.lastAt));
  const recent = Object.fromEntries(known.map((one) => [one.signal, one.recent]));
  // Judged at the newest point: the control plane's clock may be ahead of what has been measured.
  const driver = newestAt === undefined ? undefined : driverAt(recent, newestAt);
  return {
    service: name,
    mode: config.mode,
    detector: config.detector,
    threshold: config.threshold,
    state: worst(views.map((view) => view.state)),
    ...(newestAt === undefined ? {} : { jointScore: jointAt(recent, newestAt), newestAt }),
    ...(driver ? { driver: { signal: driver.signal, movement: driver.movement, at: driver.at } } : {}),
    signals: views,
    open: known.filter((one) => one.open).length,
  };
}

function signalView(signal: NamedSignal, series: SeriesSummary | undefined): AnomalySignalView {
  const { name, role, unit, every } = signal;
  const near = series?.recent.filter((one) => one.at > series.lastAt - JOINT_WINDOW_MS) ?? [];
  return {
    name,
    role,
    ...(unit === undefined ? {} : { unit }),
    source: sourceOf(signal),
    everyMs: every,
    state: !series ? "unknown" : series.open ? "anomalous" : series.learning ? "learning" : "normal",
    ...(series ? { last: series.last, score: Math.max(0, ...near.map((one) => one.score)) } : {}),
  };
}

function sourceOf({ metric, query, cloudwatch, over }: NamedSignal): string {
  if (query !== undefined) return query;
  if (cloudwatch) return `${cloudwatch.namespace} ${cloudwatch.name}`;
  const names = typeof metric === "string" ? metric : `mean of ${metric?.join(", ")}`;
  return over === undefined ? names : `${names} / ${over}`;
}

const WORST: readonly AnomalyStateView[] = ["anomalous", "learning", "normal", "unknown"];
const worst = (states: readonly AnomalyStateView[]): AnomalyStateView =>
  WORST.find((state) => states.includes(state)) ?? "unknown";

/** One line of state in words; what needs a person stands first. */
function stateLine(items: readonly AnomalyServiceSummary[], now: Millis): string {
  if (items.length === 0) return "No service is scored";
  const count = (state: AnomalyStateView) => items.filter((item) => item.state === state).length;
  const services = (some: number) => `${some} ${some === 1 ? "service" : "services"}`;
  const parts = (
    [
      ["anomalous", "behaving unusually"],
      ["unknown", "not scored yet"],
      ["learning", "still learning"],
    ] as const
  ).flatMap(([state, words]) => (count(state) > 0 ? [`${services(count(state))} ${words}`] : []));
  if (parts.length === 0) parts.push(`${services(items.length)}, all as usual`);
  const newest = Math.max(...items.map((item) => item.newestAt ?? Number.NEGATIVE_INFINITY));
  if (Number.isFinite(newest)) parts.push(`newest point ${formatDuration(Math.max(0, now - newest))} ago`);
  return parts.join(", ");
}
