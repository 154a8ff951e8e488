import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Fleet, FleetStatus, InstanceStatus, SetDesired } from "../../shared/core/ports/fleet.ts";

interface Service {
  desired: number;
  deploying: boolean;
  nextId: number;
  instances: { readonly id: string; readonly startedAt: Millis }[];
}

/** A fleet in memory with ECS's rules: instances take `startMs` to become ready, stopping is at once. */
export interface MemoryFleet {
  readonly fleet: Fleet;
  /** All instances of a service added here are ready from the start. */
  add(name: string, desired: number): void;
  remove(name: string): void;
  /** Another hand changes the desired count. */
  external(name: string, desired: number): void;
  deploying(name: string, under: boolean): void;
  /** While true every call fails as an unreachable fleet does. */
  unreachable(down: boolean): void;
  desired(name: string): number | undefined;
  /** Every request that changed a count, in order. */
  readonly changes: readonly { readonly service: string; readonly request: SetDesired; readonly at: Millis }[];
}

export function memoryFleet(options: { readonly now: () => Millis; readonly startMs?: DurationMs }): MemoryFleet {
  const startMs = options.startMs ?? 30_000;
  const services = new Map<string, Service>();
  const changes: { service: string; request: SetDesired; at: Millis }[] = [];
  let down = false;

  const reach = () => {
    if (down) throw new HeadgateError("fleet.unavailable", "the fleet does not answer", { retryable: true });
  };
  const resize = (service: Service, desired: number, startedAt: Millis) => {
    service.desired = desired;
    while (service.instances.length < desired) service.instances.push({ id: `i-${service.nextId++}`, startedAt });
    service.instances.length = desired;
  };
  const known = (name: string): Service => {
    const service = services.get(name);
    if (!service) throw new RangeError(`memory fleet has no service ${name}`);
    return service;
  };
  const status = (service: Service): FleetStatus => {
    const at = options.now();
    const instances = service.instances.map((one): InstanceStatus => {
      const ready = at >= one.startedAt + startMs;
      return { id: one.id, state: ready ? "running" : "pending", ready, startedAt: one.startedAt };
    });
    const running = instances.filter((one) => one.ready).length;
    return {
      desired: service.desired,
      pending: instances.length - running,
      running,
      ready: running,
      deploying: service.deploying,
      instances,
      at,
    };
  };

  return {
    changes,
    add: (name, desired) => {
      const service: Service = { desired: 0, deploying: false, nextId: 1, instances: [] };
      services.set(name, service);
      resize(service, desired, options.now() - startMs);
    },
    remove: (name) => void services.delete(name),
    external: (name, desired) => resize(known(name), desired, options.now()),
    deploying: (name, under) => {
      known(name).deploying = under;
    },
    unreachable: (value) => {
      down = value;
    },
    desired: (name) => services.get(name)?.desired,
    fleet: {
      describe: async (refs) => {
        reach();
        return new Map(
          refs.flatMap((ref) => (services.has(ref.name) ? [[ref.name, status(known(ref.name))] as const] : [])),
        );
      },
      setDesired: async (ref, request) => {
        reach();
        const service = services.get(ref.name);
        if (!Number.isSafeInteger(request.desired) || request.desired < 0)
          return { status: "refused", why: `${request.desired} is not a whole number of instances` };
        if (!service) return { status: "refused", why: `the fleet knows no service ${ref.name}` };
        if (service.desired === request.desired)
          return { status: "accepted", changed: false, desired: service.desired };
        if (service.desired !== request.expected) return { status: "superseded", actual: service.desired };
        if (service.deploying && request.desired < service.desired)
          return { status: "refused", why: `a deployment is replacing instances of ${ref.name}` };
        changes.push({ service: ref.name, request, at: options.now() });
        resize(service, request.desired, options.now());
        return { status: "accepted", changed: true, desired: request.desired };
      },
    },
  };
}
