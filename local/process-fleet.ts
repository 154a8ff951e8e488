import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Millis } from "../shared/core/kernel/time.ts";
import type { Fleet } from "../shared/core/ports/fleet.ts";
import type { Releases } from "../shared/core/ports/releases.ts";
import { type BackOff, RESTART_BACK_OFF } from "./back-off.ts";
import { processReleases } from "./delivery/process-releases.ts";
import { baseVersion, specOfRelease } from "./delivery/release-spec.ts";
import { type SavedService, type SavedVersion, savedVersions } from "./delivery/saved-versions.ts";
import { type ServiceVersions, serviceVersions } from "./delivery/service-versions.ts";
import { desiredCounts } from "./desired-counts.ts";
import { HEALTH_TIMES, type HealthTimes } from "./instance.ts";
import { processList } from "./leftovers.ts";
import { processGroup } from "./process-group.ts";
import type { Backend } from "./process-group-types.ts";
import type { ServiceSpec } from "./service-spec.ts";

/** The Fleet port over real child processes. It sees the stable version of a service; the others are the releases'. */
export interface LocalFleet extends Fleet {
  readonly releases: Releases;
  /** Starts services, with the versions they had at the last start; those known already are left alone. */
  add(specs: readonly ServiceSpec[]): void;
  /** Services that run because they were deployed: the configuration does not know them. `add` starts them as well. */
  deployed(): readonly string[];
  services(): readonly string[];
  /**
   * Ready instances of all versions of a service; none for an unknown one. The very same list until it changes: gateways compare it by
   * identity.
   */
  backends(service: string): readonly Backend[];
  /** Called after every change of any instance. Returns how to stop listening. */
  onChange(listener: (service: string) => void): () => void;
  /** Stops what a crashed control plane left behind. Call before `add`. Returns how many processes there were. */
  reap(graceMs: number): Promise<number>;
  /** Drains and stops everything. Desired counts stay on disk for the next start. */
  stop(): Promise<void>;
  /** SIGKILL to everything, now. */
  kill(): void;
}

export interface FleetOptions {
  readonly dir: string;
  readonly now: () => Millis;
  readonly random: () => number;
  /** Absolute: where deployed services run that the configuration does not know. Default: `dir`. */
  readonly baseDir?: string;
  /** Most instances of one version: a laptop is not a data centre. */
  readonly mostInstances?: number;
  readonly health?: HealthTimes;
  readonly backOff?: BackOff;
  /** Ends when no request is in flight on the instance; the gateway knows. */
  readonly idle?: (instance: string) => Promise<void>;
  readonly onLine?: (service: string, instance: string, line: string) => void;
  readonly onTrouble?: (service: string, text: string) => void;
  /** Something was deployed of a service that nobody knew. */
  readonly onDeployed?: (service: string) => void;
}

const NONE: readonly Backend[] = [];

export function processFleet(options: FleetOptions): LocalFleet {
  const { dir, baseDir = dir } = options;
  const known = new Map<string, ServiceVersions>();
  const listeners = new Set<(service: string) => void>();
  const promised = new Set<number>();
  const counters = new Map<string, number>();
  const processes = processList(dir);
  const counts = desiredCounts(dir);
  const saved = savedVersions(dir);
  const most = options.mostInstances ?? 50;
  let stopping = false;
  let stopped = false;
  // Unavailable, not refused: an action that is pending now is tried again by the next start.
  const unavailable = (what: string, cause?: unknown) =>
    new HeadgateError("fleet.unavailable", what, { retryable: true, ...(cause === undefined ? {} : { cause }) });

  const changed = (service: string) => {
    for (const listener of listeners) listener(service);
  };
  const nextId = (service: string) => {
    const next = (counters.get(service) ?? 0) + 1;
    counters.set(service, next);
    return `${service}-${next}`;
  };

  const open = (service: string, spec: ServiceSpec | undefined): ServiceVersions => {
    const made = serviceVersions(spec, () => changed(service));
    known.set(service, made);
    return made;
  };

  const start = (service: string, versions: ServiceVersions, version: string, { count, release, at }: SavedVersion) => {
    const spec = release
      ? specOfRelease({ service, release, base: versions.spec, baseDir, at: at ?? options.now() })
      : versions.spec;
    if (!spec) return;
    const group = processGroup({
      spec,
      version,
      desired: Math.min(most, count),
      nextId: () => nextId(service),
      promised,
      now: options.now,
      random: options.random,
      health: options.health ?? HEALTH_TIMES,
      backOff: options.backOff ?? RESTART_BACK_OFF,
      idle: options.idle ?? (async () => {}),
      onStarted: (pid) => processes.add(pid, service),
      onEnded: (pid) => processes.remove(pid),
      onChange: () => changed(service),
      onLine: (instance, line) => options.onLine?.(service, instance, line),
      onTrouble: (text) => options.onTrouble?.(service, text),
    });
    versions.start(version, group);
    versions.saved.set(version, { count, ...(release ? { release } : {}), ...(at === undefined ? {} : { at }) });
  };

  /** The version that the configuration runs keeps running under the name that the configuration gives it now. */
  const renamed = ({ stable, versions }: SavedService, base: string): SavedService => {
    const old = Object.keys(versions).find((version) => versions[version]?.release === undefined);
    if (old === undefined || old === base || Object.hasOwn(versions, base))
      return { ...(stable ? { stable } : {}), versions };
    const { [old]: one, ...rest } = versions;
    return {
      ...(stable === undefined ? {} : { stable: stable === old ? base : stable }),
      versions: { ...rest, ...(one ? { [base]: one } : {}) },
    };
  };

  const resume = (service: string, spec: ServiceSpec | undefined): void => {
    const versions = open(service, spec);
    const before = saved.get(service);
    const base = spec && baseVersion(spec);
    if (before) {
      const now = base === undefined ? before : renamed(before, base);
      versions.stable = now.stable;
      for (const [version, one] of Object.entries(now.versions)) start(service, versions, version, one);
    } else if (spec && base !== undefined) {
      versions.stable = base;
      start(service, versions, base, { count: counts.get(service) ?? spec.initial });
    }
  };

  /** Writes what is to be so before it is made so. @throws HeadgateError where that is not possible. */
  const keepCount = (service: string, versions: ServiceVersions, version: string, count: number): void => {
    const now = versions.saved.get(version);
    try {
      const entry = saved.get(service);
      if (entry) saved.set(service, { ...entry, versions: { ...entry.versions, [version]: { ...now, count } } });
      else counts.set(service, count);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw unavailable(`the desired count of ${service} could not be written: ${why}`, cause);
    }
    versions.saved.set(version, { ...now, count });
  };

  return {
    releases: processReleases({
      known,
      saved,
      most,
      now: options.now,
      stopping: () => stopping,
      stopped: () => stopped,
      open: (service) => {
        const versions = open(service, undefined);
        options.onDeployed?.(service);
        return versions;
      },
      start,
      changed,
    }),
    add: (specs) => {
      for (const spec of specs) if (!known.has(spec.name)) resume(spec.name, spec);
      for (const service of saved.names())
        if (saved.get(service)?.added && !known.has(service)) resume(service, undefined);
    },
    deployed: () => saved.names().filter((service) => saved.get(service)?.added),
    services: () => [...known.keys()],
    backends: (service) => known.get(service)?.backends() ?? NONE,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reap: (graceMs) => processes.reap(graceMs),
    describe: async (refs) => {
      if (stopped) throw unavailable("the processes have been stopped");
      return new Map(
        refs.flatMap((ref) => {
          const status = known.get(ref.name)?.status();
          return status ? [[ref.name, status] as const] : [];
        }),
      );
    },
    setDesired: async (ref, request) => {
      const versions = known.get(ref.name);
      const stable = versions?.stable;
      const group = stable === undefined ? undefined : versions?.group(stable);
      if (!Number.isSafeInteger(request.desired) || request.desired < 0)
        return { status: "refused", why: `${request.desired} is not a whole number of instances` };
      if (!versions || stable === undefined || !group)
        return { status: "refused", why: `no service ${ref.name} runs here` };
      if (stopping) throw unavailable("Headgate is stopping");
      const actual = group.desired();
      if (actual === request.desired) return { status: "accepted", changed: false, desired: actual };
      if (actual !== request.expected) return { status: "superseded", actual };
      if (request.desired > most)
        return {
          status: "refused",
          why: `${request.desired} instances are more than the ${most} allowed on one machine`,
        };
      if (request.desired < actual && versions.versions().length > 1)
        return { status: "refused", why: `a deployment is replacing instances of ${ref.name}` };
      keepCount(ref.name, versions, stable, request.desired);
      group.setDesired(request.desired);
      return { status: "accepted", changed: true, desired: request.desired };
    },
    stop: async () => {
      stopping = true;
      await Promise.all([...known.values()].map((versions) => versions.stop()));
      stopped = true;
    },
    kill: () => {
      stopping = true;
      for (const versions of known.values()) versions.kill();
    },
  };
}
