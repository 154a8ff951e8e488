import { alertOf } from "../../shared/core/anomaly/alert.ts";
import { seriesId } from "../../shared/core/anomaly/series.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import { type AppliedConfig, currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import { bounded } from "../bounded.ts";
import { type HeldShard, hold, keep, release } from "./baselines.ts";
import { finishLeft } from "./finish.ts";
import { HISTORY_MS, readPoints } from "./read.ts";
import { knownOf, scoreService } from "./score-service.ts";
import { isDue, type ScoreMessage, shardCount, shardsOf } from "./shards.ts";
import { type ScoreTarget, scoreTargetsOf } from "./targets.ts";
import type { Wanted } from "./wanted.ts";

/** Services that are scored at once; they wait for the store only when something happens. */
const CONCURRENCY = 20;
/** Baselines of a service that left the configuration are kept so long. */
const GONE_MS = 7 * DAY_MS;

export interface ShardScored {
  /**
   * `scored`; `idle` nothing was due or new; `busy` another worker has the shard; `lost` another one took over, what was scored is
   * thrown away and scored again; `outdated` the configuration has another number of shards by now.
   */
  readonly status: "scored" | "idle" | "busy" | "lost" | "outdated";
  readonly services: number;
  readonly points: number;
  /** Signals of which nothing could be read, and why. */
  readonly held: readonly { readonly service: string; readonly signal: string; readonly why: string }[];
  /** Services that could not be decided about; their points are scored again next time. */
  readonly failures: readonly { readonly service: string; readonly error: Error }[];
}

const nothing = (status: ShardScored["status"]): ShardScored => ({
  status,
  services: 0,
  points: 0,
  held: [],
  failures: [],
});

export interface ScoreRequest extends ScoreMessage {
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
}

/**
 * Scores the series of one shard: reads what is new since each was last scored, pushes it through the detectors, asks the machine
 * where something happened, and keeps the baselines. A message that comes twice, late or out of order scores nothing twice: what
 * counts is the newest point each series has seen. Missing points hold.
 *
 * @throws HeadgateError `store.…`, `objects.unavailable`: nothing was kept, the same points are scored again next time
 */
export async function scoreShard(runtime: Runtime, request: ScoreRequest): Promise<ShardScored> {
  const { tenant, shard, shards } = request;
  const current = await currentConfig(runtime, tenant);
  if (!current) return nothing("idle");
  const all = shardsOf(scoreTargetsOf(current.config));
  if (all.length !== shards) return nothing("outdated");
  const targets = all[shard] ?? [];
  const held = await hold(runtime, { tenant, shard, shards });
  if (!held) return nothing("busy");
  try {
    return await scoreHeld(runtime, request, current, targets, held);
  } catch (error) {
    // The next worker need not wait for the lease; where even that fails, it does.
    await release(runtime, held).catch(() => undefined);
    throw error;
  }
}

async function scoreHeld(
  runtime: Runtime,
  request: ScoreRequest,
  current: AppliedConfig,
  targets: readonly ScoreTarget[],
  held: HeldShard,
): Promise<ShardScored> {
  const { tenant, shard } = request;
  const to = Math.min(request.to, runtime.now());
  const wanted = wantedOf(targets, held, shard, to);
  const answers = await readPoints(runtime, current.config, wanted);
  const unread = unreadOf(runtime, wanted, answers);
  const failures: { service: string; error: Error }[] = [];
  let points = 0;
  const begun = new Set<string>();
  const work = targets.filter((target) => hasWork(target, held, answers));
  await bounded(work, CONCURRENCY, async (target) => {
    try {
      const scored = await scoreService(runtime, {
        tenant,
        target,
        configVersion: current.version,
        trigger: request.trigger,
        ...(request.parent ? { parent: request.parent } : {}),
        known: held.series,
        points: pointsOf(target, answers),
      });
      points += scored.points;
      for (const [id, series] of scored.series) held.series.set(id, series);
      for (const id of scored.begun) begun.add(id);
      forget(held, target);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      runtime.telemetry.log("error", "service could not be scored", {
        tenant,
        service: target.name,
        error: error.message,
      });
      runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "anomaly" });
      failures.push({ service: target.name, error });
    }
  });
  const summary = { services: work.length, points, held: unread, failures };
  if (points === 0 && work.length === 0) {
    await release(runtime, held);
    await finishLeft(runtime, tenant, current.version, targets);
    await remind(runtime, tenant, targets, held, begun);
    return { ...summary, status: "idle" };
  }
  dropOld(held, targets, to);
  const kept = await keep(runtime, held);
  runtime.telemetry.count("headgate_anomaly_points_total", {}, points);
  if (kept === "lost") return { ...summary, status: "lost" };
  await finishLeft(runtime, tenant, current.version, targets);
  await remind(runtime, tenant, targets, held, begun);
  return { ...summary, status: "scored" };
}

function wantedOf(targets: readonly ScoreTarget[], held: HeldShard, shard: number, to: number): readonly Wanted[] {
  return targets.flatMap((target) =>
    target.signals.flatMap((signal): Wanted[] => {
      const known = knownOf(held.series, target, signal.name);
      if (known && !isDue(signal, shard, to, known.lastAt)) return [];
      const oldest = to - Math.max(HISTORY_MS, 2 * signal.every);
      // A clock that went back reads again what is there; nothing of it is newer than what was scored.
      const from = known && known.lastAt <= to ? Math.max(oldest, known.lastAt + 1) : oldest;
      return [{ target, signal, from: Math.ceil(from / signal.every) * signal.every, to }];
    }),
  );
}

type Answers = Awaited<ReturnType<typeof readPoints>>;

function pointsOf(target: ScoreTarget, answers: Answers): ReadonlyMap<string, readonly Point[]> {
  const points = new Map<string, readonly Point[]>();
  for (const { name } of target.signals) {
    const answer = answers.get(`${target.name}/${name}`);
    if (answer && "points" in answer && answer.points.length > 0) points.set(name, answer.points);
  }
  return points;
}

/** New points, or something open of a signal that has left the configuration. */
function hasWork(target: ScoreTarget, held: HeldShard, answers: Answers): boolean {
  if (pointsOf(target, answers).size > 0) return true;
  const configured = new Set(target.signals.map((signal) => signal.name));
  return [...held.series.values()].some(
    (one) => one.service === target.name && one.open && !configured.has(one.signal),
  );
}

/** A signal of this service that is no longer configured: its anomaly was ended just now. */
function forget(held: HeldShard, target: ScoreTarget): void {
  const configured = new Set(target.signals.map((signal) => signal.name));
  for (const [id, one] of held.series)
    if (one.service === target.name && !configured.has(one.signal)) held.series.delete(id);
}

function dropOld(held: HeldShard, targets: readonly ScoreTarget[], now: number): void {
  const configured = new Set(targets.map((target) => target.name));
  for (const [id, one] of held.series)
    if (!configured.has(one.service) && now - one.lastAt > GONE_MS) held.series.delete(id);
}

function unreadOf(runtime: Runtime, wanted: readonly Wanted[], answers: Answers): ShardScored["held"] {
  const unread = wanted.flatMap(({ target, signal }) => {
    const answer = answers.get(`${target.name}/${signal.name}`);
    return answer && "held" in answer ? [{ service: target.name, signal: signal.name, why: answer.held }] : [];
  });
  if (unread.length > 0) {
    const [first] = unread;
    runtime.telemetry.log("warn", `${unread.length} signals could not be read; they hold`, { ...first });
    runtime.telemetry.count("headgate_anomaly_unread_total", {}, unread.length);
  }
  return unread;
}

/**
 * Receivers take an alert that is not repeated for over at its end, which lies ahead. Also while points are missing: what is open
 * stays open then; but not for longer than `settle`, as nobody can tell how such a thing goes on. Failing is no harm: the next
 * batch repeats.
 */
async function remind(
  runtime: Runtime,
  tenant: string,
  targets: readonly ScoreTarget[],
  held: HeldShard,
  begun: ReadonlySet<string>,
): Promise<void> {
  const alerts: Alert[] = [];
  const now = runtime.now();
  for (const { name, config, signals } of targets) {
    if (config.mode !== "act") continue;
    for (const { name: signal, settle } of signals) {
      const id = seriesId({ service: name, signal });
      const series = held.series.get(id);
      // What has just begun was sent by its decision.
      if (series?.open && !begun.has(id) && now - series.lastAt <= settle)
        alerts.push(alertOf(config, name, signal, series.open, { firingAt: now }));
    }
  }
  if (alerts.length === 0 || !runtime.alerts) return;
  try {
    await runtime.alerts.send(tenant, alerts);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "firing anomalies could not be repeated", {
      tenant,
      alerts: alerts.length,
      error: why,
    });
  }
}

/** All shards of a tenant, one after the other: on one machine, where no queue spreads them. */
export async function scoreTenant(runtime: Runtime, tenant: string, trigger: Trigger): Promise<readonly ShardScored[]> {
  const current = await currentConfig(runtime, tenant);
  const targets = current ? scoreTargetsOf(current.config) : [];
  if (targets.length === 0) return [];
  const shards = shardCount(targets.reduce((sum, target) => sum + target.signals.length, 0));
  const scored: ShardScored[] = [];
  for (let shard = 0; shard < shards; shard += 1)
    scored.push(await scoreShard(runtime, { tenant, shard, shards, to: runtime.now(), trigger }));
  return scored;
}
