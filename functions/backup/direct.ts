import type { RunReason } from "../../shared/core/backup/run/reasons.ts";
import type { EndedRun, PointNote, RunState } from "../../shared/core/backup/run/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import { type AppliedText, contextFromConfig, type PlanContext } from "./context.ts";
import { type DirectOptions, directRuntime } from "./direct-runtime.ts";
import type { Patience } from "./patience.ts";
import { type Asked, lookAtRun, runKey, runStateOf } from "./run.ts";
import { runView } from "./run-view.ts";
import type { BackupRunView } from "./views.ts";
import { work } from "./work-queue.ts";
import "../shared-parts.ts";

/** Where a command works: by a configuration that it has read itself. `faulty`: it told already what is wrong with it. */
export type BackupSource =
  | {
      readonly kind: "config";
      readonly config: HeadgateConfig;
      readonly baseDir: string;
      /** The text it was read from: it is backed up where the plan takes configuration. */
      readonly applied?: AppliedText;
      /** Plans that could be meant. */
      readonly plans: readonly string[];
      /** Instead of the plan's: file or ARN. */
      readonly key?: string;
    }
  | { readonly kind: "faulty" };

export interface DirectContext {
  readonly context: PlanContext;
  close(): Promise<void>;
}

/**
 * Opens a plan in this process alone.
 *
 * @throws HeadgateError `backup.unknown`, `config.invalid`
 */
export function openDirect(
  { config, baseDir, applied }: Extract<BackupSource, { kind: "config" }>,
  plan: string,
  options: Omit<DirectOptions, "baseDir"> = {},
): DirectContext {
  const { runtime, close } = directRuntime({ ...options, baseDir });
  const given = {
    runtime,
    tenant: DEFAULT_TENANT,
    config,
    name: plan,
    baseDir,
    direct: true,
    ...(applied ? { applied } : {}),
  };
  return { context: contextFromConfig(given), close };
}

export interface DriveOptions {
  readonly by?: string;
  readonly why?: string;
  /** Units side by side. Default one: they would share one core, which one keeps busy, and each has buffers of its own. */
  readonly workers?: number;
  readonly onProgress?: (view: BackupRunView) => void;
  /** How long the cut waits for a cluster that does not answer. Default: not at all. */
  readonly patience?: Omit<Patience, "signal">;
  /** Stops the run: what it has read is given up. */
  readonly signal?: AbortSignal;
}

export interface Driven {
  readonly outcome: EndedRun["outcome"];
  /** Why it ended so, a sentence. */
  readonly text: string;
  readonly run: EndedRun;
  readonly point?: PointNote;
}

/** Between two looks at a run of which nothing was heard, real time. */
const IDLE_MS = 200;
const DIRECT_WORKERS = 1;
const UNLIMITED_MS = 24 * 3_600_000;

/**
 * A whole run in this process: the same machine and the same work as deployed, with a queue in memory.
 *
 * @throws HeadgateError `backup.busy` where a run is under way already; those of the store
 */
export async function driveRun(given: PlanContext, options: DriveOptions = {}): Promise<Driven> {
  const queue: WorkMessage[] = [];
  const progress = new Map<number, { readonly bytes: number; readonly records: number }>();
  let wake = Promise.withResolvers<void>();
  let news = false;
  const ring = (): void => {
    news = true;
    wake.resolve();
  };
  const { patience, signal } = options;
  const context: PlanContext = {
    ...given,
    ...(patience ? { patience: { ...patience, ...(signal ? { signal } : {}) } } : {}),
    runtime: {
      ...given.runtime,
      work: {
        send: async (messages) => {
          queue.push(...messages);
        },
      },
    },
  };
  const { runtime, tenant, name } = context;
  const trigger = { type: "api" as const, detail: options.by ?? "command line" };
  const begin: Asked = { kind: "start", by: options.by ?? "command line", why: options.why ?? "" };
  const begun = await lookAtRun(context, trigger, { asked: begin });
  const id = startedId(begun);
  const abort = new AbortController();
  const running = new Set<Promise<void>>();
  const failed: { unit: number; why: string }[] = [];
  const show = (now: RunState | undefined): void => {
    if (now && options.onProgress) options.onProgress(runView(context, now, [...progress.values()]));
  };
  const start = (message: WorkMessage): void => {
    const one = work(context, message, {
      ...{ leftMs: () => UNLIMITED_MS, signal: abort.signal, quiet: true },
      onProgress: (unit, { bytes, records }) => {
        progress.set(unit, { bytes, records });
      },
    })
      .then((worked) => {
        if (worked.status === "failed") failed.push({ unit: message.unit ?? -1, why: worked.why ?? "nobody said why" });
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          failed.push({ unit: message.unit ?? -1, why: error instanceof Error ? error.message : String(error) });
      })
      .finally(() => {
        progress.delete(message.unit ?? -1);
        running.delete(one);
        ring();
      });
    running.add(one);
  };

  const interrupted = new Promise<void>((resolve) => {
    if (options.signal?.aborted) resolve();
    else options.signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  const look = async (): Promise<{
    readonly now: RunState | undefined;
    readonly idle: boolean;
    readonly due: number;
  }> => {
    const told = failed.length > 0 ? { failed: failed.splice(0) } : {};
    const looked = await lookAtRun(context, { type: "queue", detail: "direct" }, { told });
    const stored = looked.stored ?? (await runtime.store.load(runKey(tenant, name)));
    const idle = looked.status !== "decided" || looked.results.length === 0;
    return { now: runStateOf(stored), idle, due: stored?.dueAt ?? Number.POSITIVE_INFINITY };
  };

  try {
    let stopped = false;
    for (;;) {
      news = false;
      const { now, idle, due } = await look();
      const ended = now?.ended.find((one) => one.id === id);
      if (ended && !now?.current)
        return { outcome: ended.outcome, text: ended.text, run: ended, ...(ended.point ? { point: ended.point } : {}) };
      while (idle && !news && runtime.now() < due) {
        if (options.signal?.aborted && !stopped) {
          stopped = true;
          abort.abort(new Error("stopped"));
          await Promise.allSettled(running);
          await lookAtRun(context, trigger, { asked: { kind: "stop", by: trigger.detail, why: "interrupted" } });
          break;
        }
        const most = options.workers ?? DIRECT_WORKERS;
        while (queue.length > 0 && running.size < most) start(queue.shift() as WorkMessage);
        show(now);
        await Promise.race([wake.promise, runtime.sleep(IDLE_MS), ...(stopped ? [] : [interrupted])]);
        wake = Promise.withResolvers<void>();
      }
    }
  } finally {
    abort.abort(new Error("the run is over"));
    await Promise.allSettled(running);
  }
}

/** @throws HeadgateError where no run began */
function startedId({ record, reason }: RunResult<RunReason>): string {
  const state = record?.stateAfter as unknown as RunState | undefined;
  if (reason === "started" && state?.current) return state.current.id;
  throw new HeadgateError("backup.busy", record?.trace.at(-1)?.text ?? "another run is under way", { retryable: true });
}
