import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ReleaseResult, Releases } from "../../shared/core/ports/releases.ts";
import { unfit } from "./release-spec.ts";
import type { SavedService, SavedVersion, SavedVersions } from "./saved-versions.ts";
import type { ServiceVersions } from "./service-versions.ts";

export interface ProcessReleasesOptions {
  readonly known: ReadonlyMap<string, ServiceVersions>;
  readonly saved: SavedVersions;
  /** Most instances of one version. */
  readonly most: number;
  readonly now: () => Millis;
  readonly stopping: () => boolean;
  readonly stopped: () => boolean;
  /** A service that nobody knew. */
  readonly open: (service: string) => ServiceVersions;
  readonly start: (service: string, versions: ServiceVersions, version: string, one: SavedVersion) => void;
  readonly changed: (service: string) => void;
}

const refused = (why: string): ReleaseResult => ({ status: "refused", why });
const accepted = (changed: boolean, detail?: string): ReleaseResult => ({
  status: "accepted",
  changed,
  ...(detail === undefined ? {} : { detail }),
});

/**
 * The Releases port over real child processes: versions of a service side by side. What is to be so is written before it is made so;
 * a start after a crash goes on from what is written.
 */
export function processReleases(options: ProcessReleasesOptions): Releases {
  const { known, saved, most } = options;
  const unavailable = (what: string, cause?: unknown) =>
    new HeadgateError("releases.unavailable", what, { retryable: true, ...(cause === undefined ? {} : { cause }) });

  /** What is on disk of a service, or would be: it stands there once something has been deployed. */
  const entryOf = (service: string, versions: ServiceVersions | undefined): SavedService =>
    saved.get(service) ?? {
      ...(versions?.spec ? {} : { added: true }),
      ...(versions?.stable === undefined ? {} : { stable: versions.stable }),
      versions: Object.fromEntries(versions?.saved ?? []),
    };
  const keep = (service: string, next: SavedService | undefined): void => {
    try {
      saved.set(service, next);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw unavailable(`the versions of ${service} could not be written: ${why}`, cause);
    }
  };
  const wrongCount = (count: number): string | undefined => {
    if (!Number.isSafeInteger(count) || count < 0) return `${count} is not a whole number of instances`;
    if (count > most) return `${count} instances are more than the ${most} allowed on one machine`;
    return undefined;
  };
  const running = (): void => {
    if (options.stopping()) throw unavailable("Headgate is stopping");
  };

  const setCount = (service: string, versions: ServiceVersions, version: string, count: number): ReleaseResult => {
    const group = versions.group(version);
    const one = versions.saved.get(version);
    if (!group || !one) return refused(`${service} has no version ${version} here`);
    const port = one.release?.ports[0]?.host ?? 0;
    if (port !== 0 && count > 1)
      return refused(
        `${service}: port ${port} of the machine can be only one instance's; host port 0 takes any free one`,
      );
    if (group.desired() === count) return accepted(false);
    const next = { ...one, count };
    const entry = entryOf(service, versions);
    keep(service, { ...entry, versions: { ...entry.versions, [version]: next } });
    versions.saved.set(version, next);
    group.forgive();
    group.setDesired(count);
    options.changed(service);
    return accepted(true);
  };

  return {
    describe: async ({ service }) => {
      if (options.stopped()) throw unavailable("the processes have been stopped");
      const versions = known.get(service);
      if (!versions) return undefined;
      const all = versions.versions();
      if (all.length === 0 && versions.stable === undefined) return undefined;
      return {
        versions: all,
        at: options.now(),
        ...(versions.stable === undefined ? {} : { stable: versions.stable }),
      };
    },
    ensure: async ({ service, ecs }, { release, count }) => {
      const wrong = wrongCount(count);
      if (wrong !== undefined) return refused(wrong);
      if (ecs)
        return refused(`${service} runs on ECS: what is released of it is released by the Headgate that is deployed`);
      running();
      const found = known.get(service);
      if (found?.group(release.version)) return setCount(service, found, release.version, count);
      const why = unfit({ service, release, base: found?.spec });
      if (why !== undefined) return refused(why);
      const port = release.ports[0]?.host ?? 0;
      if (port !== 0 && count > 1)
        return refused(
          `${service}: port ${port} of the machine can be only one instance's; host port 0 takes any free one`,
        );
      const one: SavedVersion = { count, release, at: options.now() };
      const entry = entryOf(service, found);
      keep(service, { ...entry, versions: { ...entry.versions, [release.version]: one } });
      const versions = found ?? options.open(service);
      options.start(service, versions, release.version, one);
      options.changed(service);
      return accepted(
        true,
        release.volumes.length === 0
          ? undefined
          : "volumes are a container's: a local process sees the machine's folders",
      );
    },
    resize: async ({ service }, { version, count }) => {
      const wrong = wrongCount(count);
      if (wrong !== undefined) return refused(wrong);
      running();
      const versions = known.get(service);
      if (!versions) return refused(`no service ${service} runs here`);
      return setCount(service, versions, version, count);
    },
    remove: async ({ service }, { version }) => {
      running();
      const versions = known.get(service);
      if (!versions?.group(version)) return accepted(false);
      if (versions.stable === version)
        return refused(`${service} is its version ${version}: another one has to be adopted before it can go`);
      const { versions: before, ...entry } = entryOf(service, versions);
      const { [version]: _, ...rest } = before;
      // Of a service that was only ever tried nothing is left.
      const last = entry.stable === undefined && Object.keys(rest).length === 0;
      keep(service, last ? undefined : { ...entry, versions: rest });
      versions.saved.delete(version);
      versions.remove(version);
      return accepted(true);
    },
    adopt: async ({ service }, { version }) => {
      running();
      const versions = known.get(service);
      const group = versions?.group(version);
      const one = versions?.saved.get(version);
      if (!versions || !group || !one) return refused(`${service} has no version ${version} here`);
      if (versions.stable === version) return accepted(false);
      const old = versions.stable === undefined ? undefined : versions.group(versions.stable);
      // What was added to the old one meanwhile is needed of the new one as well.
      const count = one.release?.ports[0]?.host ? one.count : Math.max(group.desired(), old?.desired() ?? 0);
      const entry = entryOf(service, versions);
      keep(service, { ...entry, stable: version, versions: { ...entry.versions, [version]: { ...one, count } } });
      versions.saved.set(version, { ...one, count });
      versions.stable = version;
      group.setDesired(count);
      options.changed(service);
      return accepted(true);
    },
  };
}
