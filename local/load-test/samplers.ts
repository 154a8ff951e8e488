import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { availableParallelism, cpus } from "node:os";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { LoadPlan } from "../../shared/core/readiness/load/plan.ts";
import { findProcesses, type Target } from "../chaos/processes.ts";
import { osUsage } from "../os-usage.ts";
import { sumsByName } from "../prometheus-text.ts";
import { scrapeMetrics } from "../scrape-metrics.ts";

/** Looks at something of the target; shares are of what counts as full. A look that fails answers nothing. */
export interface Sampler {
  look(): Promise<readonly { readonly resource: string; readonly share: number }[]>;
  /** Ready instances as of the last look. */
  instances?(): number | undefined;
}

/** A processor counts as full here: with the rest it cannot answer evenly any more. */
const FULL_CPU = 0.9;
const FULL_MEMORY = 0.95;
const FULL_MACHINE = 0.95;
const FULL_WORKERS = 0.95;
/** Processes are looked for again after so long, ms. */
const FIND_MS = 5_000;
const WATCH_MS = 900;
const MOST_BYTES = 4 * 1024 * 1024;

export interface ProcessLimits {
  readonly cpus: number;
  readonly memoryLimitMb: number;
  /** Path of Prometheus text, where it says how many of its workers are busy. */
  readonly metrics?: string;
}

/**
 * CPU and memory of a service's processes on this machine, over all its instances, against what headgate.yaml gives each; and its workers,
 * where it tells of them: a service that waits for others is full long before its processor is.
 */
export function processSampler(service: string, { cpus: cores, memoryLimitMb, metrics }: ProcessLimits): Sampler {
  const workers = workersOf(metrics);
  let targets: readonly Target[] = [];
  let foundAt = Number.NEGATIVE_INFINITY;
  let before: { readonly at: number; readonly cpu: ReadonlyMap<number, number> } | undefined;
  return {
    instances: () => (targets.length > 0 ? targets.length : undefined),
    look: async () => {
      if (performance.now() - foundAt > FIND_MS) {
        targets = tops(await findProcesses({ kind: "service", service }));
        foundAt = performance.now();
      }
      const usage = await osUsage(targets.map(({ pid }) => pid));
      const at = performance.now();
      const cpu = new Map([...usage].map(([pid, one]) => [pid, one.cpuSeconds]));
      const last = before;
      before = { at, cpu };
      if (usage.size === 0) return [];
      const rss = [...usage.values()].reduce((sum, { rssBytes }) => sum + rssBytes, 0);
      const memory = rss / (usage.size * memoryLimitMb * 1_048_576);
      const busy = await workers(targets.map(({ pid }) => pid));
      const shares = [
        { resource: `memory of ${service}`, share: memory / FULL_MEMORY },
        ...(busy === undefined ? [] : [{ resource: `workers of ${service}`, share: busy / FULL_WORKERS }]),
      ];
      if (!last) return shares;
      // Only processes that were there before: a new one's whole life is no use of this second.
      const both = [...cpu].filter(([pid]) => last.cpu.has(pid));
      const used = both.reduce((sum, [pid, seconds]) => sum + seconds - (last.cpu.get(pid) ?? seconds), 0);
      const share = used / (((at - last.at) / 1000) * Math.max(1, both.length) * cores);
      return [{ resource: `cpu of ${service}`, share: share / FULL_CPU }, ...shares];
    },
  };
}

/** Busy share of the workers of all instances since the last look, by `service_busy_seconds_total` and `service_workers`. */
function workersOf(path: string | undefined): (pids: readonly number[]) => Promise<number | undefined> {
  const agent = new Agent({ keepAlive: false });
  let before = new Map<number, { readonly at: number; readonly busy: number }>();
  return async (pids) => {
    if (path === undefined) return undefined;
    const now = new Map<number, { readonly at: number; readonly busy: number }>();
    let [used, there] = [0, 0];
    await Promise.all(
      pids.map(async (pid) => {
        const port = portOf(pid);
        if (port === undefined) return;
        const { busySeconds, workers } = await scrapeMetrics(agent, port, path, WATCH_MS);
        if (busySeconds === undefined || workers === undefined) return;
        const at = performance.now();
        now.set(pid, { at, busy: busySeconds });
        const last = before.get(pid);
        if (!last || busySeconds < last.busy) return;
        used += busySeconds - last.busy;
        there += workers * ((at - last.at) / 1000);
      }),
    );
    before = now;
    return there > 0 ? used / there : undefined;
  };
}

/** The port that a process was told to listen on, where the system shows it (Linux). */
function portOf(pid: number): number | undefined {
  try {
    const found = readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .find((one) => /^PORT=\d+$/.test(one));
    return found === undefined ? undefined : Number(found.slice(5));
  } catch {
    return undefined;
  }
}

/**
 * One process for each instance: without those that another one of them has started, whose use is counted with it, and without the guard
 * that stands in the process group of each instance.
 */
function tops(targets: readonly Target[]): readonly Target[] {
  const pids = new Set(targets.map(({ pid }) => pid));
  return targets.filter(({ pid }) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // proc(5): after the name in parentheses come state, parent and process group.
      const [, parent, group] = stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .map(Number);
      return !pids.has(parent ?? 0) && (group === pid || !pids.has(group ?? 0));
    } catch {
      return true;
    }
  });
}

/** All processors of this machine, this test's own work included: where target and test share it, they share its limit. */
export function machineSampler(): Sampler {
  const read = () =>
    cpus().reduce(
      (sum, { times }) => ({
        idle: sum.idle + times.idle,
        all: sum.all + times.user + times.nice + times.sys + times.idle + times.irq,
      }),
      { idle: 0, all: 0 },
    );
  let before = read();
  return {
    look: async () => {
      const now = read();
      const [idle, all] = [now.idle - before.idle, now.all - before.all];
      before = now;
      const resource = `cpu of this machine (${availableParallelism()} processors, the test's own work included)`;
      return all > 0 ? [{ resource, share: (1 - idle / all) / FULL_MACHINE }] : [];
    },
  };
}

/** A figure in Prometheus text. */
export function watchSampler({ resource, url, metric, limit, counter }: LoadPlan["watch"][number]): Sampler {
  let before: { readonly at: number; readonly value: number } | undefined;
  return {
    look: async () => {
      // Where a redirect leads was not allowed by anybody.
      const response = await fetch(url, { signal: AbortSignal.timeout(WATCH_MS), redirect: "error" });
      const text = await response.text();
      const value = response.ok && text.length <= MOST_BYTES ? sumsByName(text, [metric]).get(metric) : undefined;
      if (value === undefined) return [];
      if (!counter) return [{ resource, share: value / limit }];
      const last = before;
      const at = performance.now();
      before = { at, value };
      // A counter that fell was begun anew.
      if (!last || value < last.value) return [];
      return [{ resource, share: (value - last.value) / ((at - last.at) / 1000) / limit }];
    },
  };
}

/** Records that a consumer group is behind, of all partitions it has positions in. */
export function lagSampler(streams: Pick<Streams, "groups" | "offsets">, group: string, limit: number): Sampler {
  return {
    look: async () => {
      const [found] = await streams.groups([group]);
      if (!found || found.offsets.length === 0) return [];
      const ends = await streams.offsets(found.offsets.map(({ topic, partition }) => ({ topic, partition })));
      const lag = ends.reduce((sum, { topic, partition, end }) => {
        const at = found.offsets.find((one) => one.topic === topic && one.partition === partition);
        return sum + Math.max(0, end - (at?.offset ?? end));
      }, 0);
      return [{ resource: `lag of ${group}`, share: lag / limit }];
    },
  };
}
