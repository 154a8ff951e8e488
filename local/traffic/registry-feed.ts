import { type KnownTraffic, readBackendsOf } from "../../functions/traffic/feed.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, Registration } from "../../shared/core/traffic/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** What the gateways of this process know of the registry: read once for all of them, at most about a second old. */
export interface RegistryFeed {
  /** The very same list until it changes; empty before the first read and for a service nobody configured. */
  backends(service: string): readonly Registration[];
  /** What checks know of a backend; undefined: never checked. */
  check(service: string, backend: string): CheckState | undefined;
  /** Traffic as it is in force, with the shares of versions that were asked for. Undefined before the first read. */
  traffic(service: string): TrafficConfig | undefined;
  /** Something was written: it is read now instead of at the next look. */
  changed(service: string): void;
  /** Reads it all now. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

export interface RegistryFeedOptions {
  readonly runtime: Runtime;
  readonly services: () => readonly string[];
  /** Those of them that the configuration need not know. */
  readonly deployed?: () => readonly string[];
  /** Told of each service whose backends, checks or settings are others than before. */
  readonly onChange: (service: string) => void;
  readonly onError: (error: unknown) => void;
  /** Real ms between looks. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
/** Reading takes no more than this part of the time. */
const SHARE = 0.05;

/** Looks at the registry again and again. Nothing is read before `refresh` is called once. */
export function registryFeed({
  runtime,
  services,
  deployed,
  onChange,
  onError,
  everyMs = EVERY_MS,
}: RegistryFeedOptions): RegistryFeed {
  const tenant = DEFAULT_TENANT;
  const known = new Map<string, KnownTraffic>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let reading: Promise<void> | undefined;
  let again = false;

  const read = async (): Promise<void> => {
    const all = await readBackendsOf(runtime, tenant, services(), deployed?.());
    const gone = [...known.keys()].filter((service) => !all.has(service));
    const changed = [...all].filter(([service, { version }]) => known.get(service)?.version !== version);
    for (const service of gone) known.delete(service);
    for (const [service, next] of changed) {
      const before = known.get(service);
      // The very same list while no backend is another one: gateways compare it by identity.
      known.set(service, before?.listVersion === next.listVersion ? { ...next, backends: before.backends } : next);
    }
    if (!stopped) for (const service of [...gone, ...changed.map(([name]) => name)]) onChange(service);
  };
  const refresh = (): Promise<void> => {
    if (reading) {
      // What is being read may have been read before what was just written.
      again = true;
      return reading;
    }
    clearTimeout(timer);
    const began = performance.now();
    reading = (async () => {
      do {
        again = false;
        await read();
      } while (again && !stopped);
    })()
      .catch(onError)
      .finally(() => {
        reading = undefined;
        if (stopped) return;
        timer = setTimeout(() => void refresh(), Math.max(everyMs, (performance.now() - began) / SHARE));
        timer.unref();
      });
    return reading;
  };

  const NONE: readonly Registration[] = [];
  return {
    backends: (service) => known.get(service)?.backends ?? NONE,
    check: (service, backend) => known.get(service)?.checks.get(backend),
    traffic: (service) => known.get(service)?.traffic,
    changed: () => {
      if (!stopped) void refresh();
    },
    refresh,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await reading;
    },
  };
}
