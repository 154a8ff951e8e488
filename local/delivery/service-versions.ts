import type { FleetStatus } from "../../shared/core/ports/fleet.ts";
import type { VersionStatus } from "../../shared/core/ports/releases.ts";
import type { Backend, ProcessGroup } from "../process-group-types.ts";
import type { ServiceSpec } from "../service-spec.ts";
import type { SavedVersion } from "./saved-versions.ts";

/** The versions of one service that have processes here, or are to have some. */
export interface ServiceVersions {
  /** What the configuration says; absent: it does not know the service. */
  readonly spec: ServiceSpec | undefined;
  stable: string | undefined;
  /** By version, as it is saved. */
  readonly saved: Map<string, SavedVersion>;
  group(version: string): ProcessGroup | undefined;
  start(version: string, group: ProcessGroup): void;
  /** Drains and stops what there is of it. */
  remove(version: string): void;
  backends(): readonly Backend[];
  /** Of the stable version; undefined: there is none. */
  status(): FleetStatus | undefined;
  versions(): readonly VersionStatus[];
  stop(): Promise<void>;
  kill(): void;
}

interface Leaving {
  readonly version: string;
  readonly group: ProcessGroup;
}

const NONE: readonly Backend[] = [];

export function serviceVersions(spec: ServiceSpec | undefined, onChange: () => void): ServiceVersions {
  const groups = new Map<string, ProcessGroup>();
  const leaving = new Set<Leaving>();
  let parts: readonly (readonly Backend[])[] = [];
  let joined: readonly Backend[] = NONE;

  const look = (version: string): VersionStatus => {
    const group = groups.get(version);
    const old = [...leaving].filter((one) => one.version === version).map((one) => one.group);
    const all = [...(group ? [group] : []), ...old];
    const statuses = all.map((one) => one.status());
    const sum = (of: (status: FleetStatus) => number) => statuses.reduce((total, status) => total + of(status), 0);
    const known = (group ?? old[0])?.look();
    const draining = sum(({ instances }) => instances.filter(({ state }) => state === "draining").length);
    const release = self.saved.get(version)?.release;
    return {
      version,
      desired: group?.desired() ?? 0,
      pending: group?.status().pending ?? 0,
      // One that is on its way out is still there, and whoever waits until it is gone has to see it.
      running: sum(({ running }) => running) + draining,
      ready: group?.status().ready ?? 0,
      failures: known?.failures ?? 0,
      attempts: known?.attempts ?? 0,
      addresses: (group?.backends() ?? NONE).map(({ port }) => `http://127.0.0.1:${port}`),
      logs: known?.logs ?? [],
      ...(known?.trouble === undefined ? {} : { trouble: known.trouble }),
      ...(known?.hopeless ? { hopeless: true } : {}),
      ...(known?.startedAt === undefined ? {} : { startedAt: known.startedAt }),
      ...(known?.responseMs === undefined ? {} : { responseMs: known.responseMs }),
      ...(known?.healthData === undefined ? {} : { healthData: known.healthData }),
      ...(release ? { release } : {}),
    };
  };

  const self: ServiceVersions = {
    spec,
    stable: undefined,
    saved: new Map(),
    group: (version) => groups.get(version),
    start: (version, group) => void groups.set(version, group),
    remove: (version) => {
      const group = groups.get(version);
      groups.delete(version);
      if (!group) return;
      const entry = { version, group };
      leaving.add(entry);
      void group.stop().then(() => {
        leaving.delete(entry);
        onChange();
      });
      onChange();
    },
    backends: () => {
      const now = [...groups.values()].map((group) => group.backends());
      // The very same list until one of them is another one: gateways compare it by identity.
      if (now.length !== parts.length || now.some((part, index) => part !== parts[index])) {
        parts = now;
        joined = now.length === 1 ? (now[0] ?? NONE) : now.flat();
      }
      return joined;
    },
    status: () => {
      const status = self.stable === undefined ? undefined : groups.get(self.stable)?.status();
      return status && { ...status, deploying: groups.size + leaving.size > 1 };
    },
    versions: () =>
      [...new Set([...groups.keys(), ...[...leaving].map(({ version }) => version)])]
        .map(look)
        .filter(({ desired, pending, running }) => desired + pending + running > 0),
    stop: async () => {
      await Promise.all([...groups.values(), ...[...leaving].map(({ group }) => group)].map((group) => group.stop()));
    },
    kill: () => {
      for (const group of [...groups.values(), ...[...leaving].map(({ group }) => group)]) group.kill();
    },
  };
  return self;
}
