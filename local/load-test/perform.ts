import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { lazyStreams } from "../../functions/lazy-streams.ts";
import { keepLoadResult, loadResults } from "../../functions/readiness/load-results.ts";
import { LIST_PRICES } from "../../shared/core/cost/sources/price-list.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { PRICES_AS_OF } from "../../shared/core/kernel/list-prices.ts";
import type { Trace } from "../../shared/core/kernel/trace.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { InstancePrice } from "../../shared/core/readiness/load/capacity.ts";
import { quantilesOf } from "../../shared/core/readiness/load/judge.ts";
import type { LoadPlan } from "../../shared/core/readiness/load/plan.ts";
import { type LoadReport, loadReport } from "../../shared/core/readiness/load/report.ts";
import type { LoadSecond } from "../../shared/core/readiness/load/rows.ts";
import { lengthOf } from "../../shared/core/readiness/load/schedule.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { type LoadRun, planSegments, runLoad, seenFrom } from "./run.ts";
import { processSampler } from "./samplers.ts";

export interface PerformOptions {
  readonly plan: LoadPlan;
  /** Where it was read from; paths in it are seen from its folder. */
  readonly file?: string;
  readonly known?: { readonly config: HeadgateConfig; readonly folder: string };
  /** Folder of data: results lie below it. */
  readonly data: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly owned: readonly string[];
  readonly signal?: AbortSignal;
  readonly readTrace: (path: string) => Promise<Trace>;
  /** Each second that is final; `seconds` is the length of the whole test. */
  readonly onSecond?: (row: LoadSecond, seconds: number) => void;
  readonly note?: (line: string) => void;
}

export interface Performed {
  readonly report: LoadReport;
  /** The seconds, one JSON document a line, the report in the last. */
  readonly file: string;
}

const objectsOf = (data: string) => directoryObjects(join(data, "objects"));

/** Results of a service that were kept below a folder of data, the newest first. */
export const keptLoads = (data: string, service: string): Promise<readonly LoadReport[]> =>
  loadResults(objectsOf(data), DEFAULT_TENANT, service);

/**
 * Runs a load test and keeps what it found: each second in a file, and the report of a service as an object where reviews look for it.
 *
 * @throws HeadgateError `input.invalid`, `trace.invalid`, `service.unknown`, `streams.*`
 */
export async function performLoad(options: PerformOptions): Promise<Performed> {
  const { plan, file, known, data, env, signal } = options;
  const service = serviceOf(plan, known?.config);
  const segments = await planSegments(plan, (path) => options.readTrace(seenFrom(file, path)));
  const seconds = lengthOf(segments) / 1000;
  const streams = streamsOf(options);
  try {
    const run = await runLoad({
      ...{ plan, segments, owned: options.owned },
      secrets: secrets({ env, baseDir: file === undefined ? resolve(".") : dirname(resolve(file)) }),
      ...(streams ? { streams: streams.streams, brokers: streams.brokers } : {}),
      ...(service?.run && plan.service !== undefined ? { samplers: [processSampler(plan.service, service.run)] } : {}),
      ...(signal ? { signal } : {}),
      onRows: (rows) => {
        for (const row of rows) options.onSecond?.(row, seconds);
      },
    });
    // What was measured is kept before anybody judges it: hours of load are not sent twice.
    const id = timeId("loa", run.endedAt, Math.random);
    const kept = await keepSeconds(join(data, "load"), id, run);
    const report = reportOf(id, plan, run);
    await keepReport(data, kept, report, options.note);
    return { report, file: kept };
  } finally {
    await streams?.close();
  }
}

/** A result belongs to a service that is known, or to none: a misspelt name would be evidence for nobody. */
function serviceOf(plan: LoadPlan, config: HeadgateConfig | undefined): HeadgateConfig["services"][string] | undefined {
  if (plan.service === undefined) return undefined;
  if (!config)
    throw new HeadgateError(
      "input.invalid",
      `service ${plan.service}: give the headgate.yaml that knows it (--config FILE)`,
    );
  const found = Object.hasOwn(config.services, plan.service) ? config.services[plan.service] : undefined;
  if (found) return found;
  const names = Object.keys(config.services).sort().join(", ");
  throw new HeadgateError("service.unknown", `headgate.yaml has no service ${plan.service}; it has ${names || "none"}`);
}

function streamsOf({
  plan,
  known,
  env,
}: PerformOptions):
  | { readonly streams: Streams; readonly brokers: readonly string[]; close(): Promise<void> }
  | undefined {
  const { kafka } = plan.target;
  if (!kafka) return undefined;
  const clusters = known?.config.streams ?? {};
  const names = Object.keys(clusters);
  const name = kafka.brokers ? undefined : (kafka.cluster ?? (names.length === 1 ? names[0] : undefined));
  const settings = kafka.brokers
    ? { kafka: { brokers: [...kafka.brokers], tls: false as const } }
    : name !== undefined && Object.hasOwn(clusters, name)
      ? clusters[name]
      : undefined;
  if (!settings)
    throw new HeadgateError(
      "input.invalid",
      `target.kafka: which cluster is meant: ${names.join(", ") || "none is configured"}?`,
    );
  const region = env["AWS_REGION"];
  const clients = awsClients(region === undefined ? {} : { region });
  const open = lazyStreams({ clients, env, baseDir: known?.folder ?? resolve(".") });
  return {
    streams: open(name ?? "brokers", settings),
    brokers: settings.kafka?.brokers ?? [],
    close: async () => {
      await open.close();
      await clients.close();
    },
  };
}

/** What an instance costs by the file, or by what it is given on Fargate. */
export function instancePrice({ instance }: LoadPlan, region = "us-east-1"): InstancePrice | undefined {
  if (instance?.usdPerHour !== undefined) return { usdPerHour: instance.usdPerHour, source: "the test's file" };
  const { cpu, memoryMb } = instance ?? {};
  const of = (item: string): number | undefined => {
    const found = LIST_PRICES.find((one) => one.item === item && one.regions.includes(region));
    return found && Number(found.price);
  };
  const [vcpu, gb] = [of("task.vcpu_hour"), of("task.gb_hour")];
  if (cpu === undefined || memoryMb === undefined || vcpu === undefined || gb === undefined) return undefined;
  return {
    usdPerHour: Number((cpu * vcpu + (memoryMb / 1024) * gb).toFixed(6)),
    source: `Fargate, Linux/x86, ${region}, list price of ${PRICES_AS_OF}`,
  };
}

function reportOf(id: string, plan: LoadPlan, run: LoadRun): LoadReport {
  const { http, kafka } = plan.target;
  const price = instancePrice(plan);
  const { rows, samples, instances, fromSend, startedAt, endedAt, abortedBy } = run;
  return loadReport({
    ...{ id, name: plan.name, startedAt, endedAt, rows, samples, instances, fromSend },
    ...{ objectives: plan.objectives, warmup: plan.warmup / 1000, use: plan.use },
    target: http?.url ?? `Kafka topic ${kafka?.topic}`,
    ...(plan.service === undefined ? {} : { service: plan.service }),
    ...(plan.instances === undefined ? {} : { said: plan.instances }),
    ...(plan.today === undefined ? {} : { today: plan.today }),
    ...(price ? { price } : {}),
    ...(abortedBy === undefined ? {} : { abortedBy }),
  });
}

/** Lines that are written at once: those of days are more than one text can hold. */
const AT_ONCE = 1000;

/** The seconds of a test, one JSON document a line. @returns path of the file */
async function keepSeconds(folder: string, id: string, { rows, samples }: LoadRun): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const shares = Map.groupBy(samples, ({ second }) => second);
  const path = join(folder, `${id}.ndjson`);
  await writeFile(path, "");
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const lines = rows.slice(from, from + AT_ONCE).map(({ latency, ...row }) => ({
      ...row,
      latencyUs: quantilesOf(latency),
      resources: Object.fromEntries((shares.get(row.second) ?? []).map((one) => [one.resource, one.share])),
    }));
    await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
  return path;
}

async function keepReport(
  data: string,
  path: string,
  report: LoadReport,
  note?: (line: string) => void,
): Promise<void> {
  await appendFile(path, `${JSON.stringify(report)}\n`);
  const { service } = report;
  if (service !== undefined) await keepLoadResult(objectsOf(data), DEFAULT_TENANT, { ...report, service });
  else note?.("no service is named, so this result is evidence for none");
}
