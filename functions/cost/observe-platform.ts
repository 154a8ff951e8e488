import { jobKey, type OpenHours, openHours, sawHour } from "../../shared/core/cost/observe/hours.ts";
import { hourOf, type Segment, segments } from "../../shared/core/cost/observe/segments.ts";
import { type Stats, statsOf } from "../../shared/core/cost/observe/stats.ts";
import type { ServiceUsage, UsageHour } from "../../shared/core/cost/usage.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import { formatDuration, HOUR_MS, type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { InstanceSize } from "../../shared/core/ports/fleet.ts";
import type { SampleQuery } from "../../shared/core/ports/samples.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { refOf } from "../autoscaling/targets.ts";
import { own } from "../own.ts";
import { metricInfo } from "../services/metrics.ts";
import { periodOf } from "../services/read.ts";
import { flinkUrls, slotsByJob } from "./flink-slots.ts";
import { PLATFORM } from "./usage-keys.ts";

/** As for clusters: see observe-kafka.ts. */
const WATCHED_MS = 2.5 * HOUR_MS;
/** Measurements come late; an hour is read again while it is one of these. */
const READ_AGAIN_MS = 2 * HOUR_MS;

/** What the observer of jobs and services saw last. */
export interface PlatformLook {
  readonly v: 1;
  readonly at: Millis;
  readonly services: Readonly<Record<string, { readonly running: number }>>;
  /** Slots by job, "" the free ones, by Flink cluster. */
  readonly jobs: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly hours: readonly UsageHour[];
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Looks at jobs and services once. What cannot be read is named in the hour and counts nothing. Never rejects for it. */
export async function lookAtPlatform(
  runtime: Pick<Runtime, "fleet" | "samples" | "jobs" | "telemetry">,
  config: HeadgateConfig,
  last: PlatformLook | undefined,
  now: Millis,
): Promise<{ readonly look: PlatformLook; readonly hours: readonly UsageHour[] }> {
  const open = openHours(PLATFORM, last?.hours ?? []);
  const present = open.at(hourOf(now));
  const away = last !== undefined && now - last.at > WATCHED_MS;
  const pieces = last && !away ? segments(last.at, now) : [];
  for (const { hour, from, to } of pieces) sawHour(open.at(hour), to - from);
  if (pieces.length === 0) present.seenMs = Math.max(1, present.seenMs);
  if (away) present.notes.add(`nobody watched for ${formatDuration(now - last.at)}: what was used then is not known`);

  const names = Object.keys(config.services).sort();
  const refs = names.map((name) => refOf(config, name));
  const running = await runtime.fleet.describe(refs).then(
    (all) => new Map([...all].map(([name, status]) => [name, status.running] as const)),
    (error: unknown) => void present.missing.add(`services: ${message(error)}`),
  );
  const sizes = await sizesOf(runtime, config, names);
  for (const name of running ? names : []) {
    const count = running?.get(name);
    if (count === undefined) {
      present.missing.add(`service ${name}: nobody knows it`);
      continue;
    }
    const was = own(last?.services ?? {}, name)?.running;
    for (const { hour, from, to } of pieces) {
      // Between two looks it was as many as the mean of both.
      const seconds = (((was ?? count) + count) / 2) * ((to - from) / SECOND_MS);
      addService(open, hour, name, seconds, sizes.get(name));
    }
    if (pieces.length === 0) addService(open, present.hour, name, count / SECOND_MS, sizes.get(name));
  }
  if (names.length > 0) await measure(runtime, config, names, open, now, (text) => present.missing.add(text));

  const jobs: [string, Readonly<Record<string, number>>][] = [];
  for (const url of runtime.jobs ? flinkUrls(config) : []) {
    try {
      const slots = await slotsByJob(runtime.jobs as NonNullable<typeof runtime.jobs>, url);
      jobs.push([url, slots]);
      addSlots(open, url, own(last?.jobs ?? {}, url), slots, pieces, present.hour);
    } catch (error) {
      present.missing.add(`Flink: ${message(error)}`);
    }
  }
  const look: PlatformLook = {
    ...{ v: 1, at: now },
    services: Object.fromEntries([...(running ?? [])].map(([name, count]) => [name, { running: count }])),
    jobs: Object.fromEntries(jobs),
    hours: open.all(hourOf(now) - READ_AGAIN_MS),
  };
  return { look, hours: look.hours };
}

function addService(open: OpenHours, hour: Millis, service: string, taskSeconds: number, size?: InstanceSize): void {
  const to = open.at(hour).services;
  const before = to.get(service);
  to.set(service, { ...before, service, taskSeconds: (before?.taskSeconds ?? 0) + taskSeconds, ...size });
}

function addSlots(
  open: OpenHours,
  cluster: string,
  was: Readonly<Record<string, number>> | undefined,
  now: Readonly<Record<string, number>>,
  pieces: readonly Segment[],
  present: Millis,
): void {
  const names = new Set([...Object.keys(was ?? {}), ...Object.keys(now)]);
  const add = (hour: Millis, job: string, seconds: number) => {
    const to = open.at(hour).jobs;
    const key = jobKey({ cluster, job });
    to.set(key, { job, cluster, slotSeconds: (to.get(key)?.slotSeconds ?? 0) + seconds });
  };
  for (const job of names) {
    const mean = ((was ?? now)[job] ?? 0) / 2 + (now[job] ?? 0) / 2;
    for (const { hour, from, to } of pieces) add(hour, job, mean * ((to - from) / SECOND_MS));
    if (pieces.length === 0) add(present, job, mean / SECOND_MS);
  }
}

/** ECS says it by the task definition, a local service by what counts as all of it. */
async function sizesOf(
  { fleet, telemetry }: Pick<Runtime, "fleet" | "telemetry">,
  { services }: HeadgateConfig,
  names: readonly string[],
): Promise<ReadonlyMap<string, InstanceSize>> {
  const remote = names.filter((name) => own(services, name)?.ecs);
  const told = await (remote.length === 0 || !fleet.sizes
    ? undefined
    : fleet.sizes(
        remote
          .map((name) => ({ name, ...own(services, name) }))
          .map(({ name, ecs }) => (ecs ? { name, ecs } : { name })),
      )
  )?.catch(
    (error: unknown) => void telemetry.log("warn", "sizes of services could not be read", { error: message(error) }),
  );
  const local = names.flatMap((name) => {
    const run = own(services, name)?.run;
    return run ? [[name, { cpu: run.cpus, memoryMb: run.memoryLimitMb }] as const] : [];
  });
  return new Map([...local, ...(told ?? [])]);
}

const METRICS = ["cpu", "memory", "requests"] as const;

/** Utilisation and requests of the hours that may still change, each metric one question over all of them. */
async function measure(
  { samples }: Pick<Runtime, "samples">,
  config: HeadgateConfig,
  names: readonly string[],
  open: OpenHours,
  now: Millis,
  missing: (text: string) => void,
): Promise<void> {
  const from = hourOf(now) - READ_AGAIN_MS;
  const queries = names.flatMap((name) => {
    const periodMs = periodOf(config, name);
    const ask = (metric: string, stat: SampleQuery["stat"]): SampleQuery => ({
      ...{ id: `${name}/${metric}/${stat}`, service: refOf(config, name), metric, stat, periodMs, from },
      to: Math.floor(now / periodMs) * periodMs,
    });
    return [...METRICS.map((metric) => ask(metric, metricInfo(metric).stat)), ask("cpu", "max"), ask("memory", "max")];
  });
  const answers = await samples.read(queries).catch((error: unknown) => void missing(`utilisation: ${message(error)}`));
  const points = new Map((answers ?? []).map((one) => [one.id, one.points]));
  const failed = (answers ?? []).filter(({ id, status }) => status === "failed" && !id.endsWith("/max"));
  for (const { id, detail } of failed.slice(0, 10)) missing(`${id}: ${detail ?? "could not be read"}`);
  for (const name of names) {
    const seconds = periodOf(config, name) / SECOND_MS;
    for (let hour = from; hour <= now; hour += HOUR_MS) {
      const before = open.known(hour)?.services.get(name);
      if (!before) continue;
      const of = (metric: string, stat: string): readonly Point[] =>
        (points.get(`${name}/${metric}/${stat}`) ?? []).filter(({ at }) => at >= hour && at < hour + HOUR_MS);
      const cpu = statsOf(of("cpu", metricInfo("cpu").stat), of("cpu", "max"));
      const memory = statsOf(of("memory", metricInfo("memory").stat), of("memory", "max"));
      const requests = of("requests", metricInfo("requests").stat);
      const told: ServiceUsage = {
        ...before,
        ...(cpu ? { cpuAvg: cpu.avg, cpuP95: cpu.p95, cpuP99: cpu.p99, cpuMax: cpu.max } : {}),
        ...(memory
          ? { memoryAvg: memory.avg, memoryP95: memory.p95, memoryP99: memory.p99, memoryMax: memory.max }
          : {}),
        ...samplesOf(cpu ?? memory),
        ...(requests.length === 0
          ? {}
          : { requests: Math.round(requests.reduce((sum, { value }) => sum + value * seconds, 0)) }),
      };
      open.at(hour).services.set(name, told);
    }
  }
}

const samplesOf = (stats: Stats | undefined) => (stats ? { samples: stats.samples } : {});
