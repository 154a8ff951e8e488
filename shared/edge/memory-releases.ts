import { HeadgateError } from "../core/kernel/errors.ts";
import type { Release } from "../core/kernel/release.ts";
import type { DurationMs, Millis } from "../core/kernel/time.ts";
import type { ReleaseResult, Releases, VersionStatus } from "../core/ports/releases.ts";

/**
 * How instances of a version turn out: `ok` ready after the start time; `never` up and never healthy, each start counted as failed after the
 * start time; `crash` ended again after it, and started anew; `hopeless` could not be started at all.
 */
export type MemoryBehaviour = "ok" | "never" | "crash" | "hopeless";

/** Versions in memory, on a clock of the caller's. */
export interface MemoryReleases {
  readonly releases: Releases;
  /** Runs already and is what the service is: all of it ready. */
  add(service: string, version: string, count: number): void;
  /** From now on, for what starts and for what runs. Default "ok". */
  behave(service: string, version: string, behaviour: MemoryBehaviour): void;
  /** While true every call fails as an unreachable system does. */
  unreachable(down: boolean): void;
  /** Desired count by version, of what is there. */
  counts(service: string): Readonly<Record<string, number>>;
  /** Every call that changed something, in order: "ensure v2 1", "remove v1". */
  readonly changes: readonly string[];
}

export interface MemoryReleasesOptions {
  readonly now: () => Millis;
  /** From a start to ready. Default 20 s. */
  readonly startMs?: DurationMs;
}

interface Version {
  readonly release: Release | undefined;
  /** When each of its instances was started. */
  starts: Millis[];
  behaviour: MemoryBehaviour;
  /** Since when failures are counted. */
  since: Millis;
}

interface Service {
  stable: string | undefined;
  readonly versions: Map<string, Version>;
}

const START_MS = 20_000;
const CHECK_MS = 5_000;

const accepted = (changed: boolean): ReleaseResult => ({ status: "accepted", changed });
const refused = (why: string): ReleaseResult => ({ status: "refused", why });

export function memoryReleases({ now, startMs = START_MS }: MemoryReleasesOptions): MemoryReleases {
  const services = new Map<string, Service>();
  const behaviours = new Map<string, MemoryBehaviour>();
  const changes: string[] = [];
  let down = false;

  const reach = () => {
    if (down) throw new HeadgateError("releases.unavailable", "the versions cannot be reached", { retryable: true });
  };
  const serviceOf = (name: string): Service => {
    let service = services.get(name);
    if (!service) services.set(name, (service = { stable: undefined, versions: new Map() }));
    return service;
  };
  const wrong = (count: number) =>
    Number.isSafeInteger(count) && count >= 0 ? undefined : `${count} is not a whole number of instances`;
  const size = (version: Version, count: number, startedAt: Millis) => {
    while (version.starts.length < count) version.starts.push(startedAt);
    version.starts.length = count;
  };
  const resize = (version: Version, count: number): boolean => {
    if (version.starts.length === count) return false;
    version.since = now();
    size(version, count, now());
    return true;
  };

  const TROUBLE: Readonly<Record<Exclude<MemoryBehaviour, "ok">, string>> = {
    never: "never became healthy (it answered 503 at GET /health)",
    crash: "exited with code 1",
    hopeless: "command not found",
  };
  const status = (name: string, one: Version): VersionStatus => {
    const at = now();
    const { behaviour, release, starts } = one;
    const desired = starts.length;
    const up = starts.filter((started) => at >= started + startMs).length;
    const ready = behaviour === "ok" ? up : 0;
    const running = behaviour === "never" ? up : ready;
    const tries = Math.floor((at - one.since) / startMs);
    const failures = behaviour === "ok" || desired === 0 ? 0 : behaviour === "hopeless" ? Math.max(1, tries) : tries;
    const first = starts[0];
    return {
      version: name,
      desired,
      pending: desired - running,
      running,
      ready,
      failures,
      attempts: first === undefined ? 0 : Math.floor(Math.min(startMs, at - first) / CHECK_MS) + failures,
      addresses: Array.from({ length: ready }, (_, index) => `http://127.0.0.1:${9000 + index}`),
      logs: behaviour === "ok" ? [] : [`${name}: ${TROUBLE[behaviour]}`],
      ...(behaviour === "ok" || failures === 0 ? {} : { trouble: `${name} ${TROUBLE[behaviour]}` }),
      ...(behaviour === "hopeless" ? { hopeless: true } : {}),
      ...(first === undefined ? {} : { startedAt: first }),
      ...(ready > 0 ? { responseMs: startMs, healthData: { status: "ok" } } : {}),
      ...(release ? { release: structuredClone(release) } : {}),
    };
  };

  const releases: Releases = {
    describe: async ({ service: name }) => {
      reach();
      const service = services.get(name);
      if (!service) return undefined;
      const versions = [...service.versions].map(([version, one]) => status(version, one));
      const there = versions.filter(({ desired }) => desired > 0);
      if (there.length === 0 && service.stable === undefined) return undefined;
      return { versions: there, at: now(), ...(service.stable === undefined ? {} : { stable: service.stable }) };
    },
    ensure: async ({ service: name }, { release, count }) => {
      reach();
      const why = wrong(count);
      if (why !== undefined) return refused(why);
      const { versions } = serviceOf(name);
      const { version } = release;
      const known = versions.get(version);
      if (known) {
        const changed = resize(known, count);
        if (changed) changes.push(`ensure ${version} ${count}`);
        return accepted(changed);
      }
      const behaviour = behaviours.get(`${name} ${version}`) ?? "ok";
      const made: Version = { release: structuredClone(release), starts: [], behaviour, since: now() };
      size(made, count, now());
      versions.set(version, made);
      changes.push(`ensure ${version} ${count}`);
      return accepted(true);
    },
    resize: async ({ service: name }, { version, count }) => {
      reach();
      const why = wrong(count);
      if (why !== undefined) return refused(why);
      const known = services.get(name)?.versions.get(version);
      if (!known) return refused(`${name} has no version ${version} here`);
      const changed = resize(known, count);
      if (changed) changes.push(`resize ${version} ${count}`);
      return accepted(changed);
    },
    remove: async ({ service: name }, { version }) => {
      reach();
      const service = services.get(name);
      if (!service?.versions.has(version)) return accepted(false);
      if (service.stable === version)
        return refused(`${name} is its version ${version}: another one has to be adopted before it can go`);
      service.versions.delete(version);
      changes.push(`remove ${version}`);
      return accepted(true);
    },
    adopt: async ({ service: name }, { version }) => {
      reach();
      const service = services.get(name);
      const known = service?.versions.get(version);
      if (!service || !known) return refused(`${name} has no version ${version} here`);
      if (service.stable === version) return accepted(false);
      const old = service.stable === undefined ? undefined : service.versions.get(service.stable);
      if (old && old.starts.length > known.starts.length) size(known, old.starts.length, now());
      service.stable = version;
      changes.push(`adopt ${version}`);
      return accepted(true);
    },
  };

  return {
    releases,
    changes,
    add: (name, version, count) => {
      const service = serviceOf(name);
      const since = now() - startMs;
      const one: Version = { release: undefined, starts: [], behaviour: "ok", since };
      size(one, count, since);
      service.versions.set(version, one);
      service.stable = version;
    },
    behave: (name, version, behaviour) => {
      behaviours.set(`${name} ${version}`, behaviour);
      const known = services.get(name)?.versions.get(version);
      if (known) known.behaviour = behaviour;
    },
    unreachable: (value) => {
      down = value;
    },
    counts: (name) =>
      Object.fromEntries(
        [...(services.get(name)?.versions ?? [])].map(([version, { starts }]) => [version, starts.length]),
      ),
  };
}
