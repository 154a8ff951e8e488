import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { LoadSecond } from "../../shared/core/readiness/load/rows.ts";
import { type Generated, type GenerateOptions, generate } from "./generate.ts";
import { httpSender, type WireRequest } from "./http-sender.ts";

/** What a worker is given; everything is copied to its thread. */
export interface WorkerJob extends Pick<GenerateOptions, "segments" | "arrivals" | "seed" | "part" | "of"> {
  readonly host: string;
  readonly port: number;
  readonly tlsName?: string;
  readonly requests: readonly (Omit<WireRequest, "bytes"> & { readonly bytes: Uint8Array })[];
  readonly connections: number;
  readonly timeoutMs: number;
}

export interface LoadWorker {
  /** It has loaded what it needs: a thread that begins late would be behind its schedule from the start. */
  readonly ready: Promise<void>;
  /** Ms since 1970 at which the test begins, with fractions. */
  begin(startsAt: number): void;
  /** Ends the thread, whatever it does. */
  end(): Promise<unknown>;
  readonly result: Promise<Generated>;
}

type Told =
  | { readonly kind: "ready" }
  | { readonly kind: "rows"; readonly rows: readonly LoadSecond[] }
  | { readonly kind: "end"; readonly result: Generated };

/** Marks threads of ours: the same file is loaded by the thread and by who starts it. */
const MARK = "headgate-load";

/** A part of the load in a thread of its own, so that looking at the target does not disturb the schedule. */
export function startWorker(
  job: WorkerJob,
  rows: (rows: readonly LoadSecond[]) => void,
  signal: AbortSignal | undefined,
): LoadWorker {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { mark: MARK, job },
    // Young garbage is most of what a generator makes: with node's own 16 MB its collections are most of the slowest 1 %.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  const ready = Promise.withResolvers<void>();
  const result = Promise.withResolvers<Generated>();
  const stop = (): void => worker.postMessage("stop");
  const failed = (error: Error): void => {
    signal?.removeEventListener("abort", stop);
    ready.reject(error);
    result.reject(error);
  };
  // Whoever waits for one of them is told; nobody waits for both at once.
  ready.promise.catch(() => {});
  result.promise.catch(() => {});
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  worker.on("message", (told: Told) => {
    if (told.kind === "ready") ready.resolve();
    else if (told.kind === "rows") rows(told.rows);
    else result.resolve(told.result);
  });
  worker.on("error", failed);
  worker.on("exit", (code) => failed(new Error(`a worker of the load test has ended (${code})`)));
  return {
    ready: ready.promise,
    result: result.promise,
    begin: (startsAt) => worker.postMessage(startsAt),
    end: () => worker.terminate(),
  };
}

async function work(job: WorkerJob): Promise<void> {
  const port = parentPort;
  if (!port) return;
  const { host, port: number, tlsName, connections, timeoutMs, seed, part } = job;
  const abort = new AbortController();
  const begin = Promise.withResolvers<number>();
  port.on("message", (told: number | "stop") => {
    if (told === "stop") abort.abort();
    else begin.resolve(told);
  });
  port.postMessage({ kind: "ready" } satisfies Told);
  const startsAt = await begin.promise;
  const now = (): number => performance.timeOrigin + performance.now() - startsAt;
  const result = await generate({
    ...job,
    now,
    signal: abort.signal,
    rows: (rows) => port.postMessage({ kind: "rows", rows } satisfies Told),
    sender: (recorder) =>
      httpSender({
        ...{ host, port: number, connections, timeoutMs, recorder, now },
        ...(tlsName === undefined ? {} : { tlsName }),
        seed: seed + part + 1,
        requests: job.requests.map((one) => ({ ...one, bytes: Buffer.from(one.bytes) })),
      }),
  });
  port.postMessage({ kind: "end", result } satisfies Told);
  port.close();
}

const data = workerData as { readonly mark?: string; readonly job?: WorkerJob } | null;
if (!isMainThread && data?.mark === MARK && data.job) void work(data.job);
