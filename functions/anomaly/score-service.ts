import { toBase64 } from "../../shared/core/anomaly/base64.ts";
import { ONSET_WINDOW_MS } from "../../shared/core/anomaly/joint.ts";
import { anomaly } from "../../shared/core/anomaly/machine.ts";
import { type SeriesState, seriesId } from "../../shared/core/anomaly/series.ts";
import { carriedOn } from "../../shared/core/anomaly/track.ts";
import type { AnomalyInput, AnomalyState, OpenAnomaly, SignalBatch } from "../../shared/core/anomaly/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import { contextOf } from "./context.ts";
import { perform } from "./perform.ts";
import type { ScoreTarget } from "./targets.ts";
import { startWorking, type Working } from "./working.ts";

/** Points of one signal that are scored before anything is decided; what happens in them is one record. */
const CHUNK = 60;

export interface ServiceWork {
  readonly tenant: string;
  readonly target: ScoreTarget;
  readonly configVersion: string;
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
  /** Its series as they are kept. */
  readonly known: ReadonlyMap<string, SeriesState>;
  /** New points by signal. */
  readonly points: ReadonlyMap<string, readonly Point[]>;
}

export interface ServiceScored {
  /** The series afterwards, by id. */
  readonly series: ReadonlyMap<string, SeriesState>;
  readonly points: number;
  /** Series of which something has just begun: their alerts were sent by the decision. */
  readonly begun: ReadonlySet<string>;
}

/**
 * Pushes new points of a service through its detectors and calls the machine only when something happens: a record per point
 * would cost more than everything else together. The machine is asked before the series are kept: dying in between, the same
 * points are scored again and the machine finds that it has decided about them.
 *
 * @throws what `run` throws, or HeadgateError `store.throttled` when others held the service: its series stay as they were.
 */
export async function scoreService(runtime: Runtime, work: ServiceWork): Promise<ServiceScored> {
  const { target, known, points } = work;
  const due = target.signals.flatMap((signal) => {
    const fresh = points.get(signal.name) ?? [];
    return fresh.length === 0 ? [] : [{ signal, fresh, before: knownOf(known, target, signal.name) }];
  });
  const open = due.some(({ before }) => !before) ? await openOf(runtime, work) : {};
  const working = due.map(({ signal, fresh, before }) =>
    startWorking(runtime, target, signal, before, fresh, before ? before.open : open[signal.name]),
  );
  await removeGone(runtime, work);
  const rounds = Math.max(0, ...working.map((one) => Math.ceil(one.fresh.length / CHUNK)));
  const begun = new Set<string>();
  for (let round = 0; round < rounds; round += 1) await scoreRound(runtime, work, working, round, begun);
  const series = new Map(
    working.map((one) => [seriesId({ service: target.name, signal: one.signal.name }), one.result()] as const),
  );
  return { series, begun, points: working.reduce((sum, one) => sum + one.fresh.length, 0) };
}

/** What is kept of a signal. Another detector was configured: what the old one knew is of no use to it, and it learns from history. */
export function knownOf(
  known: ServiceWork["known"],
  { name: service, config }: ScoreTarget,
  signal: string,
): SeriesState | undefined {
  const series = known.get(seriesId({ service, signal }));
  return series?.detector === config.detector ? series : undefined;
}

/** What the machine knows to be open: baselines that are learnt anew go on watching it, or it would never end. */
async function openOf(runtime: Runtime, { tenant, target }: ServiceWork): Promise<AnomalyState["open"]> {
  const stored = await runtime.store.load({ tenant, noun: anomaly.noun, subject: target.name });
  return (stored?.state as unknown as AnomalyState | undefined)?.open ?? {};
}

async function scoreRound(
  runtime: Runtime,
  work: ServiceWork,
  working: readonly Working[],
  round: number,
  begun: Set<string>,
): Promise<void> {
  const batches: { [signal: string]: SignalBatch } = {};
  const touched: Working[] = [];
  let opens: Millis | undefined;
  for (const one of working) {
    const chunk = one.fresh.slice(round * CHUNK, (round + 1) * CHUNK);
    if (chunk.length === 0) continue;
    const checkpoint = one.checkpoint();
    const before = one.open;
    const happened = one.score(chunk);
    if (!happened) continue;
    if (happened.openedAt !== undefined) {
      opens = Math.min(opens ?? Infinity, happened.openedAt);
      begun.add(seriesId({ service: work.target.name, signal: one.signal.name }));
    }
    touched.push(one);
    batches[one.signal.name] = {
      ...(checkpoint ? { checkpoint: toBase64(checkpoint) } : {}),
      points: chunk.map(({ at, value }) => [at, value] as const),
      ...(before ? { carried: carriedOf(before) } : {}),
      ...(one.training ? { training: true as const } : {}),
    };
  }
  if (touched.length === 0) return;
  const { tenant, target } = work;
  const input: AnomalyInput = {
    kind: "score",
    service: target.name,
    signals: batches,
    recent: recentOf(work, working),
    context: opens === undefined ? [] : await contextOf(runtime, tenant, target, opens),
  };
  const state = await decide(runtime, work, input, working);
  for (const one of touched) {
    const decided = state.open[one.signal.name];
    // What was decided by a worker that died is told again without the points after it: those were seen here.
    one.open = decided && one.open?.since === decided.since ? carriedOn(decided, one.open) : decided;
  }
}

const carriedOf = ({ lastAt, outAt, alarms, peak }: OpenAnomaly): NonNullable<SignalBatch["carried"]> => ({
  lastAt,
  ...(outAt === undefined ? {} : { outAt }),
  alarms,
  peak,
});

/** What the service's signals have shown lately: those at work as they are now, the others as they are kept. */
function recentOf({ target, known }: ServiceWork, working: readonly Working[]) {
  const newest = Math.max(...working.map((one) => one.lastAt));
  const recent: { [signal: string]: SeriesState["recent"] } = {};
  for (const { name } of target.signals) {
    const at = working.find((one) => one.signal.name === name);
    const emissions = at?.recent ?? known.get(seriesId({ service: target.name, signal: name }))?.recent ?? [];
    const near = emissions.filter((one) => one.at > newest - 4 * ONSET_WINDOW_MS);
    if (near.length > 0) recent[name] = near;
  }
  return recent;
}

/** Signals that left the configuration while something was open: the machine is told, or their alerts would fire for ever. */
async function removeGone(runtime: Runtime, work: ServiceWork): Promise<void> {
  const { target, known } = work;
  const configured = new Set(target.signals.map((signal) => signal.name));
  const gone = [...known.values()].some(
    (one) => one.service === target.name && one.open !== undefined && !configured.has(one.signal),
  );
  if (!gone) return;
  await decide(runtime, work, { kind: "score", service: target.name, signals: {}, recent: {}, context: [] }, []);
}

async function decide(
  runtime: Runtime,
  work: ServiceWork,
  input: AnomalyInput,
  working: readonly Working[],
): Promise<AnomalyState> {
  const { tenant, target, configVersion, trigger, parent } = work;
  const result = await run(runtime, {
    machine: anomaly,
    tenant,
    subject: target.name,
    mode: target.config.mode,
    config: target.config,
    configVersion,
    trigger,
    ...(parent ? { parent } : {}),
    observe: async () => input,
    // What a person said and a dead worker left undone: the detector is in our hands right now.
    perform: (action) =>
      perform(runtime, tenant, action, async (teach) => {
        const one = working.find((candidate) => candidate.signal.name === teach.signal);
        if (one) return one.teach(teach);
        throw new HeadgateError("store.throttled", `${teach.signal} is being scored`, { retryable: true });
      }),
  });
  if (result.record && (result.status === "decided" || result.status === "unchanged"))
    return result.record.stateAfter as unknown as AnomalyState;
  throw new HeadgateError("store.throttled", `${target.name} was held by other workers`, { retryable: true });
}
