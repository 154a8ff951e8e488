import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { readLoadPlan } from "../functions/readiness/load-read.ts";
import { generate } from "../local/load-test/generate.ts";
import { httpSender, type WireRequest } from "../local/load-test/http-sender.ts";
import type { Recorder } from "../local/load-test/recorder.ts";
import { planSegments, runLoad } from "../local/load-test/run.ts";
import type { Sender } from "../local/load-test/sender.ts";
import { prng } from "../shared/core/kernel/prng.ts";
import { histogram, merged, pack, quantile, record } from "../shared/core/readiness/load/histogram.ts";
import { type LoadReport, loadReport } from "../shared/core/readiness/load/report.ts";
import { type LoadSecond, totalsOf } from "../shared/core/readiness/load/rows.ts";
import { segmentsOf } from "../shared/core/readiness/load/schedule.ts";
import { secrets } from "../shared/edge/notify/secrets.ts";
import { undiciSender } from "./load-undici.ts";
import { type Row, row } from "./row.ts";
import { median } from "./timing.ts";

const NOUN = "load";
const CONNECTIONS = 64;
const ROUNDS = 5;

const started = (file: string, args: readonly number[] = []): Promise<{ child: ChildProcess; port: number }> =>
  new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), args.map(String), {
      execArgv: ["--no-warnings"],
    });
    child.once("message", (port) => resolve({ child, port: port as number }));
  });

async function against<T>(file: string, args: readonly number[], work: (port: number) => Promise<T>): Promise<T> {
  const { child, port } = await started(file, args);
  try {
    return await work(port);
  } finally {
    child.kill();
  }
}

interface Burst {
  readonly perCore: number;
  readonly perSecond: number;
  readonly lagP99Ms: number;
}

/** One burst in this process: requests for each second of processor time, and of the wall. */
async function burst(
  rate: number,
  ms: number,
  sender: (recorder: Recorder, now: () => number) => Sender,
): Promise<Burst> {
  const rows: LoadSecond[] = [];
  const from = performance.now();
  const now = (): number => performance.now() - from;
  const before = process.cpuUsage();
  await generate({
    segments: segmentsOf([{ shape: "constant", rate, for: ms }]),
    ...{ arrivals: "poisson", seed: 1, part: 0, of: 1, now },
    rows: (some) => void rows.push(...some),
    sender: (recorder) => sender(recorder, now),
  });
  const { user, system } = process.cpuUsage(before);
  const { ok } = totalsOf(rows);
  return {
    perCore: ok / ((user + system) / 1e6),
    perSecond: ok / (now() / 1000),
    // Of each second, without the first, in which all connections are made.
    lagP99Ms: median(rows.filter(({ second, asked }) => second > 0 && asked > 0).map(({ lagUs }) => lagUs)) / 1000,
  };
}

const GET: WireRequest = { bytes: Buffer.from("GET / HTTP/1.1\r\nhost: bench\r\n\r\n"), method: "GET", weight: 1 };
const own =
  (port: number, connections = CONNECTIONS) =>
  (recorder: Recorder, now: () => number) =>
    httpSender({
      ...{ host: "127.0.0.1", port, requests: [GET], connections, timeoutMs: 60_000, seed: 2, recorder, now },
    });

/** By turns, so that what else the machine does hits both alike. */
async function speedRows(): Promise<readonly Row[]> {
  return against("./traffic-gateway/backend.ts", [], async (port) => {
    const ours: Burst[] = [];
    const theirs: Burst[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await burst(80_000, 1_000, own(port)));
      theirs.push(
        await burst(80_000, 1_000, (recorder, now) =>
          undiciSender(`http://127.0.0.1:${port}`, CONNECTIONS, recorder, now),
        ),
      );
    }
    const paced: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) paced.push((await burst(10_000, 4_000, own(port, 256))).lagP99Ms);
    const of = (bursts: readonly Burst[], key: keyof Burst) => median(bursts.map((one) => one[key]));
    return [
      row(NOUN, {
        ...{
          measure: "requests for each second of processor time, one worker",
          value: of(ours, "perCore"),
          unit: "req/s",
        },
        ...{ bar: 20_000, better: "higher", peer: { name: "undici Pool", value: of(theirs, "perCore") } },
      }),
      row(NOUN, {
        ...{ measure: "requests/s of the wall, one worker, beside everything else here", value: of(ours, "perSecond") },
        ...{ unit: "req/s", peer: { name: "undici Pool", value: of(theirs, "perSecond") } },
      }),
      // The quietest round: a machine that is busy with other things delays every timer.
      row(NOUN, { measure: "behind the schedule at 10,000/s, p99", value: Math.min(...paced), unit: "ms", bar: 2 }),
    ];
  });
}

async function tested(plan: object): Promise<{ readonly report: LoadReport; readonly fromSend: number | undefined }> {
  const read = readLoadPlan(JSON.stringify(plan));
  const segments = await planSegments(read, () => Promise.reject(new Error("no trace")));
  const run = await runLoad({ plan: read, segments, secrets: secrets({ env: {}, baseDir: "." }), owned: [] });
  const report = loadReport({
    ...{ id: "bench", name: read.name, target: "bench", use: read.use, warmup: read.warmup / 1000, said: 1 },
    ...run,
    objectives: read.objectives,
  });
  return { report, fromSend: report.fromSend.p99 };
}

/** Two seconds of twenty nothing is answered: who waits for answers asks nothing meanwhile, and hardly sees it. */
async function stallRows(): Promise<readonly Row[]> {
  const STALL = [0, 0, 20_000, 2_000];
  const { report } = await against("./load-server.ts", STALL, (port) =>
    tested({
      name: "stall",
      target: { http: { url: `http://127.0.0.1:${port}` } },
      stages: [{ shape: "constant", rate: 500, for: "19s" }],
      connections: 4096,
      objectives: ["p99 < 300ms"],
    }),
  );
  const peer = await against("./load-server.ts", STALL, (port) =>
    autocannon({ url: `http://127.0.0.1:${port}`, connections: 10, duration: 19 }),
  );
  const { p99 = 0, p999 = 0 } = report.latency;
  return [
    row(NOUN, {
      ...{ measure: "server that stalls 2 s in 20: p99 (bar: most of the stall)", value: p99 / 1000, unit: "ms" },
      ...{ bar: 1_500, better: "higher", peer: { name: "autocannon", value: peer.latency.p99 } },
    }),
    row(NOUN, {
      ...{ measure: "the same, p99.9", value: p999 / 1000, unit: "ms", bar: 1_900, better: "higher" },
      peer: { name: "autocannon", value: peer.latency.p99_9 },
    }),
  ];
}

/** A ramp over a server of 4 slots of 10 ms: 400 a second, and not one more. */
async function kneeRows(): Promise<readonly Row[]> {
  const { report } = await against("./load-server.ts", [4, 10], (port) =>
    tested({
      name: "knee",
      target: { http: { url: `http://127.0.0.1:${port}` } },
      stages: [{ shape: "ramp", rate: 100, to: 700, for: "30s" }],
      connections: 4096,
      timeout: "5s",
      objectives: ["p99 < 100ms", "errors < 1%"],
      watch: [{ resource: "slots", url: `http://127.0.0.1:${port}/metrics`, metric: "slots_busy", limit: 4 }],
    }),
  );
  const { knee, bottleneck } = report;
  return [
    row(NOUN, {
      ...{ measure: "knee of a server that does 400/s: off by", value: Math.abs((knee?.rate ?? 0) / 400 - 1) * 100 },
      ...{ unit: "%", bar: 10 },
    }),
    row(NOUN, { measure: "the same: its rate", value: knee?.rate ?? Number.NaN, unit: "req/s" }),
    row(NOUN, {
      ...{ measure: "the same: its slots named as the bottleneck", value: bottleneck.resource === "slots" ? 1 : 0 },
      ...{ unit: "of 1", bar: 1, better: "higher" },
    }),
  ];
}

/** A million durations in eight parts: merged they have to be what one histogram of all is. */
function histogramRows(): readonly Row[] {
  const draw = prng(7);
  const all = histogram();
  const parts = Array.from({ length: 8 }, histogram);
  const exact: number[] = [];
  for (let index = 0; index < 1_000_000; index += 1) {
    const us = Math.round(Math.exp(draw() * 21));
    exact.push(us);
    record(all, us);
    record(parts[index % 8] as ReturnType<typeof histogram>, us);
  }
  exact.sort((a, b) => a - b);
  const together = merged(parts.map(pack));
  const errors = [0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999].map((q) => {
    const right = exact[Math.ceil(q * exact.length) - 1] as number;
    return Math.abs((quantile(together, q) as number) / right - 1) * 100;
  });
  const same = JSON.stringify(together) === JSON.stringify(pack(all));
  return [
    row(NOUN, { measure: "histogram: quantiles off by at most", value: Math.max(...errors), unit: "%", bar: 1 }),
    row(NOUN, {
      measure: "histograms of 8 workers merged are that of all",
      value: same ? 1 : 0,
      unit: "of 1",
      bar: 1,
      better: "higher",
    }),
  ];
}

/** Load tests: what the generator costs, how exact it is, what it sees that closed loops do not, and whether the knee is where it is. */
export async function bench(): Promise<readonly Row[]> {
  return [...histogramRows(), ...(await speedRows()), ...(await kneeRows()), ...(await stallRows())];
}
