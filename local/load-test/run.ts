import { dirname, resolve } from "node:path";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trace } from "../../shared/core/kernel/trace.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { merged, type PackedHistogram } from "../../shared/core/readiness/load/histogram.ts";
import { type LoadPlan, MOST_RATE } from "../../shared/core/readiness/load/plan.ts";
import { type LoadSecond, mergedRows, type ResourceSample } from "../../shared/core/readiness/load/rows.ts";
import { peakOf, type Segment, type StageShape, segmentsOf } from "../../shared/core/readiness/load/schedule.ts";
import { stopReason } from "../../shared/core/readiness/load/stop.ts";
import type { Secrets } from "../../shared/edge/notify/secrets.ts";
import { type Generated, generate } from "./generate.ts";
import { kafkaSender } from "./kafka-sender.ts";
import { lagSampler, machineSampler, type Sampler, watchSampler } from "./samplers.ts";
import { allowedAddress, isOwn, wireRequests } from "./target.ts";
import { startWorker } from "./worker.ts";

export interface LoadRunOptions {
  readonly plan: LoadPlan;
  readonly segments: readonly Segment[];
  readonly secrets: Secrets;
  /** Hosts outside this machine and private networks that somebody said are theirs. */
  readonly owned: readonly string[];
  /** Of the plan's Kafka target. */
  readonly streams?: Streams;
  /** Its brokers as they are configured, host:port. */
  readonly brokers?: readonly string[];
  readonly samplers?: readonly Sampler[];
  /** Aborted with why: no more is sent, what is under way is waited for. */
  readonly signal?: AbortSignal;
  /** Each second that is final. */
  readonly onRows?: (rows: readonly LoadSecond[]) => void;
}

export interface LoadRun {
  readonly rows: readonly LoadSecond[];
  readonly samples: readonly ResourceSample[];
  readonly instances: readonly { readonly second: number; readonly count: number }[];
  readonly fromSend: PackedHistogram;
  readonly lag: PackedHistogram;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly abortedBy?: string;
}

/** A path in a plan, seen from the plan's folder; "-" and names of made-up traces stay what they are. */
export const seenFrom = (file: string | undefined, path: string): string =>
  file === undefined || file === "-" || path === "-" || !/[./]/.test(path) ? path : resolve(dirname(file), path);

/** From when all workers are ready until the first request is due. */
const BEGIN_MS = 20;

/**
 * Stages as shapes; traces of replays are read.
 *
 * @throws HeadgateError `trace.invalid`, or `input.invalid` where more is asked for than a test may send, or nothing
 */
export async function planSegments(
  { stages }: LoadPlan,
  read: (path: string) => Promise<Trace>,
): Promise<readonly Segment[]> {
  const shapes = await Promise.all(
    stages.map(async (stage): Promise<StageShape> => {
      if (stage.shape !== "replay") return stage;
      const trace = await read(stage.trace);
      const most = trace.points.reduce((sum, { value }) => Math.max(sum, value), 0);
      const scale =
        stage.peak === undefined ? (stage.scale ?? 1) : most > 0 ? (stage.peak * trace.stepMs) / (1000 * most) : 0;
      return { shape: "replay", trace, scale, speed: stage.speed };
    }),
  );
  const segments = segmentsOf(shapes);
  const peak = peakOf(segments);
  if (peak > MOST_RATE)
    throw new HeadgateError(
      "input.invalid",
      `${Math.round(peak)} requests a second are asked for; at most ${MOST_RATE} are sent`,
    );
  if (peak === 0) throw new HeadgateError("input.invalid", "stages: no request is asked for, every rate is 0");
  return segments;
}

/**
 * Carries a load test out. SIGINT and the like are the caller's: they abort the signal.
 *
 * @throws HeadgateError `input.invalid` where load may not be sent there or a secret is missing; `streams.*` where the cluster does not answer
 */
export async function runLoad(options: LoadRunOptions): Promise<LoadRun> {
  const { plan, signal } = options;
  const halt = new AbortController();
  const stop = signal ? AbortSignal.any([signal, halt.signal]) : halt.signal;
  const rows: LoadSecond[] = [];
  const waiting = new Map<number, LoadSecond[]>();
  const parts = plan.target.http ? workersOf(plan) : 1;
  const take = (given: readonly LoadSecond[]): void => {
    const final: LoadSecond[] = [];
    for (const row of given) {
      const all = [...(waiting.get(row.second) ?? []), row];
      waiting.set(row.second, all);
      if (all.length === parts) {
        waiting.delete(row.second);
        final.push(...mergedRows(all));
      }
    }
    rows.push(...final);
    if (final.length > 0) options.onRows?.(final);
    const why = stopReason(rows, plan.stop);
    if (why !== undefined && !stop.aborted) halt.abort(new Error(why));
  };
  const begin = plan.target.http ? await httpParts(options) : await kafkaPart(options);
  const samplers = await samplersOf(options);
  const { startsAt, results: coming } = await begin(take, stop);
  const sampling = startSampling(samplers, startsAt);
  const results = await coming.finally(() => sampling.stop());
  const endedAt = clock();
  const all = mergedRows([...rows, ...[...waiting.values()].flat()]);
  return {
    rows: all,
    samples: [...sampling.samples, ...connectionSamples(all, plan.connections)],
    instances: sampling.instances,
    fromSend: merged(results.map(({ service }) => service)),
    lag: merged(results.map(({ lag }) => lag)),
    startedAt: Math.round(startsAt),
    endedAt: Math.round(endedAt),
    ...(stop.aborted ? { abortedBy: stop.reason instanceof Error ? stop.reason.message : String(stop.reason) } : {}),
  };
}

/** A worker without a connection could send nothing. */
const workersOf = ({ workers, connections }: LoadPlan): number => Math.min(workers, connections);

/** Begins to send; what it resolves to says when, and what came of it. */
type Begin = (
  rows: (rows: readonly LoadSecond[]) => void,
  signal: AbortSignal,
) => Promise<{ readonly startsAt: number; readonly results: Promise<readonly Generated[]> }>;

/** Ms since 1970, with fractions, and never set back. */
const clock = (): number => performance.timeOrigin + performance.now();

async function httpParts({ plan, segments, secrets, owned }: LoadRunOptions): Promise<Begin> {
  const target = plan.target.http as NonNullable<LoadPlan["target"]["http"]>;
  const url = new URL(target.url);
  const [host, requests] = await Promise.all([allowedAddress(url.hostname, owned), wireRequests(target, secrets)]);
  const { arrivals, seed, timeout: timeoutMs, connections } = plan;
  const of = workersOf(plan);
  const secure = url.protocol === "https:";
  const job = {
    ...{ segments, arrivals, seed, of, host, requests, timeoutMs },
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    ...(secure ? { tlsName: url.hostname.replace(/^\[|\]$/g, "") } : {}),
  };
  // All together have exactly as many as the plan says.
  const share = (part: number): number => Math.floor(connections / of) + (part < connections % of ? 1 : 0);
  return async (rows, signal) => {
    const workers = Array.from({ length: of }, (_, part) =>
      startWorker({ ...job, part, connections: share(part) }, rows, signal),
    );
    const end = async (): Promise<void> => void (await Promise.all(workers.map((one) => one.end())));
    await Promise.all(workers.map(({ ready }) => ready)).catch(async (error: unknown) => {
      await end();
      throw error;
    });
    const startsAt = clock() + BEGIN_MS;
    for (const one of workers) one.begin(startsAt);
    return { startsAt, results: Promise.all(workers.map(({ result }) => result)).finally(end) };
  };
}

async function kafkaPart({ plan, segments, streams, brokers = [], owned }: LoadRunOptions): Promise<Begin> {
  const target = plan.target.kafka as NonNullable<LoadPlan["target"]["kafka"]>;
  if (!streams)
    throw new HeadgateError("input.invalid", "target.kafka: which cluster? cluster (with --config FILE) or brokers");
  await allowedBrokers(streams, [...brokers, ...(target.brokers ?? [])], owned);
  const found = (await streams.topics()).find(({ name }) => name === target.topic);
  if (!found)
    throw new HeadgateError(
      "input.invalid",
      `target.kafka.topic: ${target.topic} is not there; a load test makes no topic`,
    );
  const { arrivals, seed, timeout: timeoutMs, connections } = plan;
  return async (rows, signal) => {
    const startsAt = clock();
    const now = (): number => clock() - startsAt;
    const result = generate({
      ...{ segments, arrivals, seed, part: 0, of: 1, now, rows, signal },
      sender: (recorder) =>
        kafkaSender({
          ...{ streams, topic: target.topic, timeoutMs, connections, seed: seed + 1, recorder, now },
          partitions: found.partitions.map(({ partition }) => partition),
          ...{ keyBytes: target.keyBytes, keys: target.keys, valueBytes: target.valueBytes, lingerMs: target.linger },
          clock: Date.now,
        }),
    });
    return { startsAt, results: result.then((one) => [one]) };
  };
}

/** Those that are configured are asked for the others, and records go to any of them. */
async function allowedBrokers(streams: Streams, given: readonly string[], owned: readonly string[]): Promise<void> {
  for (const broker of given) await allowedAddress(broker.replace(/:\d+$/, ""), owned);
  const { brokers } = await streams.cluster();
  for (const host of new Set(brokers.map((one) => one.host))) await allowedAddress(host, owned);
}

async function samplersOf({ plan, samplers = [], streams, owned }: LoadRunOptions): Promise<readonly Sampler[]> {
  const { http, kafka } = plan.target;
  for (const { url } of plan.watch) await allowedAddress(new URL(url).hostname, owned);
  const local = http && isOwn(await allowedAddress(new URL(http.url).hostname, owned));
  return [
    ...samplers,
    ...(local ? [machineSampler()] : []),
    ...plan.watch.map(watchSampler),
    ...(kafka?.group !== undefined && streams ? [lagSampler(streams, kafka.group, kafka.lag)] : []),
  ];
}

/** Looks once a second, each sampler for itself: one that is slow misses seconds, and holds up nobody. */
function startSampling(samplers: readonly Sampler[], startsAt: number) {
  const samples: ResourceSample[] = [];
  const instances: { second: number; count: number }[] = [];
  const busy = new Set<Sampler>();
  const look = async (one: Sampler): Promise<void> => {
    if (busy.has(one)) return;
    busy.add(one);
    try {
      const found = await one.look();
      const second = Math.floor((performance.timeOrigin + performance.now() - startsAt) / 1000);
      samples.push(...found.map((sample) => ({ ...sample, second })));
      const count = one.instances?.();
      if (count !== undefined) instances.push({ second, count });
    } catch {
      // Not seen this time: what is absent is not zero.
    } finally {
      busy.delete(one);
    }
  };
  const all = (): void => {
    for (const one of samplers) void look(one);
  };
  all();
  const timer = setInterval(all, 1000);
  return { samples, instances, stop: () => clearInterval(timer) };
}

/** The test's own connections are a resource as well: at their limit requests wait here and not at the target. */
const connectionSamples = (rows: readonly LoadSecond[], connections: number): readonly ResourceSample[] =>
  rows.map(({ second, inFlight }) => ({
    resource: `connections of the test (${connections})`,
    second,
    share: inFlight / connections,
  }));
