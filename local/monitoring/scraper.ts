import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { DurationMs } from "../../shared/core/kernel/time.ts";
import { compileRelabel } from "../../shared/core/monitoring/relabel.ts";
import { type ScrapeTarget, scrapeTarget } from "../../shared/core/monitoring/scrape-target.ts";
import type { ScrapeJob } from "../../shared/core/monitoring/settings.ts";
import type { LocalClock } from "../clock.ts";
import type { Keeping } from "../run-env.ts";
import { type Discovery, jobDiscovery } from "./discovery.ts";
import { type HttpClient, httpClient } from "./http-get.ts";
import { scrapeReader } from "./scrape-reader.ts";
import { type TargetLoop, type TargetView, targetLoop } from "./target-loop.ts";
import type { SampleWindow } from "./window.ts";

/** A target that is known to the process itself, such as an instance that it runs. */
export interface GivenTarget {
  /** Its name is the `job` label; several targets of one name share these settings. */
  readonly job: ScrapeJob;
  /** `host:port`. */
  readonly address: string;
  readonly labels: Labels;
}

export interface PrometheusScraper {
  /** Finds targets anew and scrapes each once, now. */
  round(): Promise<void>;
  /** Finds targets anew: for when a given one has come or gone. */
  refresh(): Promise<void>;
  /** By job, then instance. */
  targets(): readonly TargetView[];
  stop(): Promise<void>;
}

export interface PrometheusScraperOptions {
  readonly jobs: readonly ScrapeJob[];
  /** Asked at each look for targets. */
  readonly given?: () => readonly GivenTarget[];
  readonly window: SampleWindow;
  readonly clock: Pick<LocalClock, "now" | "at" | "speed">;
  /** Where paths and secrets of prometheus.yml are looked up; by default this process's environment and folder. */
  readonly keeping?: Keeping;
  /** Discovery that fails, targets that cannot be, and what should not happen. A target that is down is no error: see `targets`. */
  readonly onError: (error: unknown) => void;
}

/** Virtual ms between looks for targets (upstream: 5 s), and the shortest real time between two. */
const LOOK_MS: DurationMs = 5_000;
const SHORTEST_LOOK_MS = 1_000;

interface Job {
  readonly settings: ScrapeJob;
  readonly discovery: Discovery;
  readonly relabel: (labels: Labels) => Labels | undefined;
  readonly metricRelabel: ((labels: Labels) => Labels | undefined) | undefined;
  readonly client: HttpClient;
  readonly loops: Map<string, TargetLoop>;
  /** Why none of its targets is asked. */
  refused: string | undefined;
  /** Said already, so that it is not said at each look. */
  readonly said: Set<string>;
}

/**
 * Scrapes the targets of prometheus.yml, and given ones, into the window: each at its own place in its interval, none waiting for
 * another, with timeouts and bounds of its own.
 */
export function startPrometheusScraper(options: PrometheusScraperOptions): PrometheusScraper {
  const { clock, window, onError } = options;
  const keeping = options.keeping ?? { env: process.env, baseDir: process.cwd() };
  const jobs = new Map<string, Job>();
  let stopped = false;
  let cancel = () => {};
  let looking: Promise<void> | undefined;

  const jobOf = (settings: ScrapeJob): Job => {
    const known = jobs.get(settings.name);
    if (known) return known;
    const made: Job = {
      settings,
      discovery: jobDiscovery(settings, keeping, onError),
      relabel: compileRelabel(settings.relabel),
      metricRelabel: settings.metricRelabel.length > 0 ? compileRelabel(settings.metricRelabel) : undefined,
      client: httpClient(settings.http, keeping),
      loops: new Map(),
      refused: undefined,
      said: new Set(),
    };
    jobs.set(settings.name, made);
    return made;
  };
  const wanted = (job: Job, given: readonly GivenTarget[]): ReadonlyMap<string, ScrapeTarget> => {
    const groups = [...job.settings.groups, ...job.discovery.groups()];
    const found = new Map<string, ScrapeTarget>();
    for (const { address, labels } of [
      ...groups.flatMap((group) => group.targets.map((address) => ({ address, labels: group.labels }))),
      ...given,
    ]) {
      const outcome = scrapeTarget(job.settings, address, labels, job.relabel);
      if (outcome.kind === "target") found.set(outcome.target.key, outcome.target);
      else if (outcome.kind === "fault") {
        const text = `target ${address} of job ${job.settings.name}: ${outcome.message}`;
        if (!job.said.has(text)) onError(new Error(text));
        job.said.add(text);
      }
    }
    return found;
  };
  const start = (job: Job, target: ScrapeTarget): TargetLoop =>
    targetLoop({
      job: job.settings,
      target,
      client: job.client,
      reader: scrapeReader(job.settings, target.labels, job.metricRelabel, window.writer()),
      clock,
      refused: () => job.refused,
      onError,
    });
  const look = async () => {
    const given = options.given?.() ?? [];
    for (const { job } of given) jobOf(job);
    await Promise.all([...jobs.values()].map((job) => job.discovery.refresh(clock.now())));
    if (stopped) return;
    const ending: Promise<void>[] = [];
    for (const job of jobs.values()) {
      const { name, limits } = job.settings;
      const targets = wanted(
        job,
        given.filter((one) => one.job.name === name),
      );
      job.refused =
        limits.targets > 0 && targets.size > limits.targets
          ? `target_limit exceeded (number of targets: ${targets.size}, limit: ${limits.targets})`
          : undefined;
      for (const [key, loop] of job.loops)
        if (!targets.has(key)) {
          job.loops.delete(key);
          ending.push(loop.stop(true));
        }
      for (const [key, target] of targets) if (!job.loops.has(key)) job.loops.set(key, start(job, target));
    }
    await Promise.all(ending);
  };
  const refresh = (): Promise<void> => {
    looking ??= look()
      .catch(onError)
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  const loops = () => [...jobs.values()].flatMap((job) => [...job.loops.values()]);
  const next = () => {
    if (stopped) return;
    cancel = clock.at(clock.now() + Math.max(LOOK_MS, SHORTEST_LOOK_MS * clock.speed), () => void refresh().then(next));
  };
  for (const settings of options.jobs) jobOf(settings);
  void refresh().then(next);

  return {
    round: async () => {
      await refresh();
      await Promise.all(loops().map((loop) => loop.scrape()));
    },
    refresh,
    targets: () =>
      loops()
        .map((loop) => loop.view())
        .sort((a, b) => (a.job < b.job ? -1 : a.job > b.job ? 1 : a.instance < b.instance ? -1 : 1)),
    stop: async () => {
      stopped = true;
      cancel();
      for (const { discovery } of jobs.values()) discovery.close();
      await looking;
      await Promise.all(loops().map((loop) => loop.stop(false)));
      for (const { client } of jobs.values()) client.close();
    },
  };
}
