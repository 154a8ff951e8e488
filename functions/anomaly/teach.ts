import { openScorer } from "../../shared/core/anomaly/scorer.ts";
import { seriesId, taughtAlso } from "../../shared/core/anomaly/series.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { hold, keep, release } from "./baselines.ts";
import type { Teach } from "./perform.ts";
import { shardsOf } from "./shards.ts";
import { scoreTargetsOf } from "./targets.ts";

/** A worker scores a shard in about a second; waiting longer is left to the next run. */
const TRIES = 5;
const WAIT_MS = 400;

/**
 * Teaches a signal's detector what a person said, where its baselines are kept. Said twice it is taught once.
 *
 * @throws HeadgateError `store.throttled` (retryable) while a worker has the shard all the time
 */
export async function teachSeries(runtime: Runtime, tenant: string, action: Teach): Promise<string> {
  const current = await currentConfig(runtime, tenant);
  const targets = current ? scoreTargetsOf(current.config) : [];
  const target = targets.find((one) => one.name === action.service);
  const signal = target?.signals.find((one) => one.name === action.signal);
  if (!target || !signal) return "the signal is no longer configured";
  const shards = shardsOf(targets).length;
  const shard = { tenant, shards, shard: shardOf(target.name, shards) };
  const id = seriesId({ service: target.name, signal: signal.name });
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await runtime.sleep(WAIT_MS * (0.5 + runtime.random()));
    const held = await hold(runtime, shard);
    if (!held) continue;
    const series = held.series.get(id);
    if (!series || series.detector !== target.config.detector || series.taught.includes(action.key)) {
      await release(runtime, held);
      return series ? "it had been taught already" : "nothing is known of the signal yet";
    }
    const scorer = openScorer(target.config, signal, series.state);
    scorer.feedback(action.verdict, action.at, action.score);
    const { open, ...rest } = series;
    const ends = action.verdict === "fine" && open && action.at >= open.since;
    const next = { ...rest, state: scorer.save(), taught: taughtAlso(series.taught, action.key) };
    held.series.set(id, open && !ends ? { ...next, open } : next);
    if ((await keep(runtime, held)) === "kept")
      return `the detector of ${signal.name} knows that it was ${action.verdict}`;
  }
  throw new HeadgateError("store.throttled", `${target.name} is being scored`, { retryable: true });
}
