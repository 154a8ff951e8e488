import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Millis } from "../shared/core/kernel/time.ts";
import type { Fleet } from "../shared/core/ports/fleet.ts";
import { type BackOff, RESTART_BACK_OFF } from "./back-off.ts";
import { desiredCounts } from "./desired-counts.ts";
import { HEALTH_TIMES, type HealthTimes } from "./instance.ts";
import { processList } from "./leftovers.ts";
import { type Backend, type ProcessGroup, processGroup } from "./process-group.ts";
import type { ServiceSpec } from "./service-spec.ts";

/** The Fleet port over real child processes. */
export interface LocalFleet extends Fleet {
  /** Starts services; those known already are left alone. */
  add(specs: readonly ServiceSpec[]): void;
  services(): readonly string[];
  /** Ready instances of a service; none for an unknown one. The very same list until it changes: gateways compare it by identity. */
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
  /** Most instances of one service: a laptop is not a data centre. */
  readonly mostInstances?: number;
  readonly health?: HealthTimes;
  readonly backOff?: BackOff;
  /** Ends when no request is in flight on the instance; the gateway knows. */
  readonly idle?: (instance: string) => Promise<void>;
  readonly onLine?: (service: string, instance: string, line: string) => void;
  readonly onTrouble?: (service: string, text: string) => void;
}

const NONE: readonly Backend[] = [];

export function processFleet(options: FleetOptions): LocalFleet {
  const groups = new Map<string, ProcessGroup>();
  const listeners = new Set<(service: string) => void>();
  const processes = processList(options.dir);
  const counts = desiredCounts(options.dir);
  const most = options.mostInstances ?? 50;
  let stopping = false;
  let stopped = false;
  // Unavailable, not refused: an action that is pending now is tried again by the next start.
  const unavailable = (what: string, cause?: unknown) =>
    new HeadgateError("fleet.unavailable", what, { retryable: true, ...(cause === undefined ? {} : { cause }) });

  const open = (spec: ServiceSpec): ProcessGroup =>
    processGroup({
      spec,
      desired: Math.min(most, counts.get(spec.name) ?? spec.initial),
      now: options.now,
      random: options.random,
      health: options.health ?? HEALTH_TIMES,
      backOff: options.backOff ?? RESTART_BACK_OFF,
      idle: options.idle ?? (async () => {}),
      onStarted: (pid) => processes.add(pid, spec.name),
      onEnded: (pid) => processes.remove(pid),
      onChange: () => {
        for (const listener of listeners) listener(spec.name);
      },
      onLine: (instance, line) => options.onLine?.(spec.name, instance, line),
      onTrouble: (text) => options.onTrouble?.(spec.name, text),
    });

  return {
    add: (specs) => {
      for (const spec of specs) if (!groups.has(spec.name)) groups.set(spec.name, open(spec));
    },
    services: () => [...groups.keys()],
    backends: (service) => groups.get(service)?.backends() ?? NONE,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reap: (graceMs) => processes.reap(graceMs),
    describe: async (refs) => {
      if (stopped) throw unavailable("the processes have been stopped");
      return new Map(
        refs.flatMap((ref) => {
          const group = groups.get(ref.name);
          return group ? [[ref.name, group.status()] as const] : [];
        }),
      );
    },
    setDesired: async (ref, request) => {
      const group = groups.get(ref.name);
      if (!Number.isSafeInteger(request.desired) || request.desired < 0)
        return { status: "refused", why: `${request.desired} is not a whole number of instances` };
      if (!group) return { status: "refused", why: `no service ${ref.name} runs here` };
      if (stopping) throw unavailable("Headgate is stopping");
      const actual = group.desired();
      if (actual === request.desired) return { status: "accepted", changed: false, desired: actual };
      if (actual !== request.expected) return { status: "superseded", actual };
      if (request.desired > most)
        return {
          status: "refused",
          why: `${request.desired} instances are more than the ${most} allowed on one machine`,
        };
      try {
        counts.set(ref.name, request.desired);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw unavailable(`the desired count of ${ref.name} could not be written: ${why}`, cause);
      }
      group.setDesired(request.desired);
      return { status: "accepted", changed: true, desired: request.desired };
    },
    stop: async () => {
      stopping = true;
      await Promise.all([...groups.values()].map((group) => group.stop()));
      stopped = true;
    },
    kill: () => {
      stopping = true;
      for (const group of groups.values()) group.kill();
    },
  };
}
