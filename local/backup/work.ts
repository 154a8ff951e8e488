import { runSubject } from "../../shared/core/backup/run/types.ts";
import type { DurationMs } from "../../shared/core/kernel/time.ts";
import type { Work, WorkMessage } from "../../shared/core/ports/work.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { endWithin } from "../end-within.ts";

/** The workers of backups, in this process; deployed, a queue and functions are. */
export interface LocalWork extends Work {
  /** Nothing new is begun; ends when what is being done is done, or after a few seconds: the run hands it out again at the next start. */
  stop(): Promise<void>;
}

export interface LocalWorkOptions {
  readonly runtime: () => Runtime;
  readonly onError: (error: unknown) => void;
  /** Pieces at a time. Default 2. */
  readonly atOnce?: number;
  /** Does one piece; for tests. */
  readonly work?: (runtime: Runtime, message: WorkMessage) => Promise<unknown>;
}

/** Real ms that one piece may take before it leaves a receipt and the rest to the next: see work-queue. */
const LEFT_MS: DurationMs = 60_000;
/** Real ms. */
const STOP_MS = 5_000;

async function workOne(runtime: Runtime, message: WorkMessage): Promise<void> {
  const { handleWork } = await import("../../functions/backup/work-queue.ts");
  const began = performance.now();
  const record = { messageId: `${message.run}-${message.unit ?? message.task}`, body: JSON.stringify(message) };
  await handleWork(runtime, [record], () => Math.max(0, Math.floor(LEFT_MS - (performance.now() - began))));
  // The worker's own look at the run may have met another one that saw less; this one comes after both.
  const key = { tenant: message.tenant, noun: "backup", subject: runSubject(message.plan) };
  await runtime.timers.wake({ key, at: Math.floor(runtime.now()) });
}

const nameOf = ({ plan, run, task, unit, depth }: WorkMessage): string =>
  [plan, run, task, unit ?? "", depth ?? ""].join(" ");

/** Pieces are done in the order they came, a few side by side; one that waits already is not queued again. */
export function localWork({ runtime, onError, atOnce = 2, work = workOne }: LocalWorkOptions): LocalWork {
  const waiting = new Map<string, WorkMessage>();
  const working = new Set<Promise<void>>();
  let stopped = false;
  const next = (): void => {
    while (!stopped && working.size < atOnce) {
      const [first] = waiting;
      if (!first) return;
      const [name, message] = first;
      waiting.delete(name);
      const one: Promise<void> = work(runtime(), message)
        .then(() => undefined, onError)
        .finally(() => {
          working.delete(one);
          next();
        });
      working.add(one);
    }
  };
  return {
    send: async (messages) => {
      for (const message of messages) waiting.set(nameOf(message), message);
      // Whoever sends has to note first that it did.
      setImmediate(next);
    },
    stop: async () => {
      stopped = true;
      waiting.clear();
      await endWithin(working, STOP_MS);
    },
  };
}
