import { performance } from "node:perf_hooks";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import { acceptHeader } from "../../shared/core/monitoring/exposition/format.ts";
import type { ScrapeTarget } from "../../shared/core/monitoring/scrape-target.ts";
import type { ScrapeJob } from "../../shared/core/monitoring/settings.ts";
import type { TargetStatus } from "../../shared/core/monitoring/target-status.ts";
import type { LocalClock } from "../clock.ts";
import type { HttpClient } from "./http-get.ts";
import { withNativeLimits } from "./native-limits.ts";
import type { ScrapeReader, ScrapeResult } from "./scrape-reader.ts";

/** A target as people see it; `health` is unknown until its first scrape has ended. */
export interface TargetView extends TargetStatus {
  readonly instance: string;
  /** Virtual ms between its scrapes. */
  readonly intervalMs: DurationMs;
}

export interface TargetLoop {
  /** One scrape now, unless one is under way: then that one. */
  scrape(): Promise<void>;
  view(): TargetView;
  /** Ends what is under way and writes nothing more; with `ends`, the target's series end. */
  stop(ends: boolean): Promise<void>;
}

/** Real ms: scrapes of one target are never closer, however fast virtual time runs. */
export const SHORTEST_SCRAPE_MS = 250;
/** Real ms that a target is given at the least: its answers do not come faster because time does. */
export const LEAST_TIMEOUT_MS = 1_000;
/** A scrape that is late by up to this share of its interval counts as punctual, so that instants are regular. */
const TOLERANCE = 0.01;

/** Virtual ms between scrapes: the interval, or as many of them as pass in the shortest real time. */
export const scrapeEvery = (intervalMs: DurationMs, speed: number): DurationMs =>
  intervalMs * Math.max(1, Math.ceil((SHORTEST_SCRAPE_MS * speed) / intervalMs));

export interface TargetLoopOptions {
  readonly job: ScrapeJob;
  readonly target: ScrapeTarget;
  readonly client: HttpClient;
  readonly reader: ScrapeReader;
  readonly clock: Pick<LocalClock, "now" | "at" | "speed">;
  /** Set where the target must not be asked at all (target_limit). */
  readonly refused: () => string | undefined;
  readonly onError: (error: unknown) => void;
}

export function targetLoop(options: TargetLoopOptions): TargetLoop {
  const { job, target, client, reader, clock } = options;
  const everyMs = scrapeEvery(target.intervalMs, clock.speed);
  // Targets are spread over the interval, each always at its place in it.
  const offset = shardOf(target.key, everyMs);
  const timeoutMs = Math.max(target.timeoutMs / clock.speed, Math.min(target.timeoutMs, LEAST_TIMEOUT_MS));
  const stopping = new AbortController();
  const limits = withNativeLimits(job.limits);
  const headers = {
    Accept: acceptHeader(job.protocols, job.names),
    "Accept-Encoding": job.compression ? "gzip" : "identity",
    "User-Agent": "Headgate",
    "X-Prometheus-Scrape-Timeout-Seconds": String(timeoutMs / 1000),
  };
  let last: ScrapeResult | undefined;
  /** Of the last body. */
  let bytes = 0;
  let running: Promise<void> | undefined;
  let cancel = () => {};

  const fetched = async () => {
    const refused = options.refused();
    if (refused !== undefined) return { fault: refused };
    try {
      const answer = await client.get({
        url: target.url,
        headers,
        timeoutMs,
        maxBytes: limits.bodyBytes,
        sizeHint: bytes,
        signal: stopping.signal,
      });
      bytes = answer.body.length;
      return answer;
    } catch (error) {
      return { fault: error instanceof Error ? error.message || error.name : String(error) };
    }
  };
  const run = async (at: Millis) => {
    const began = performance.now();
    const answer = await fetched();
    if (stopping.signal.aborted) return;
    last = reader.take(at, answer, () => (performance.now() - began) / 1000);
  };
  const scrape = (at: Millis): Promise<void> => {
    // A scrape that takes longer than the interval costs the next one, never a second one beside it.
    running ??= run(at)
      .catch(options.onError)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const schedule = () => {
    const now = clock.now();
    const next = Math.floor((now - offset) / everyMs + 1) * everyMs + offset;
    cancel = clock.at(next, () => {
      const late = clock.now();
      void scrape(late - next <= target.intervalMs * TOLERANCE ? next : late);
      schedule();
    });
  };
  schedule();

  return {
    scrape: () => scrape(clock.now()),
    view: () => ({
      job: target.labels["job"] ?? job.name,
      instance: target.labels["instance"] ?? "",
      url: target.url,
      labels: target.labels,
      health: last === undefined ? "unknown" : last.fault === undefined ? "up" : "down",
      intervalMs: everyMs,
      ...(last ? { lastScrapeAt: last.at, durationMs: last.seconds * 1000, samples: last.kept } : {}),
      ...(last?.fault === undefined ? {} : { error: last.fault }),
    }),
    stop: async (ends) => {
      cancel();
      stopping.abort(new Error("stopped"));
      await running;
      if (ends) reader.close(clock.now());
    },
  };
}
