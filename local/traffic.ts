import type { LocalClock } from "./clock.ts";
import { type Gateway, openGateway } from "./gateway/gateway.ts";
import { type Generator, startGenerator } from "./generator.ts";
import type { PlannedLoad } from "./load-plan.ts";
import type { LocalFleet } from "./process-fleet.ts";

/** Gateways in front of the services, and the load on them. */
export interface Traffic {
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly generators: ReadonlyMap<string, Generator>;
  /** Ends when nothing is in flight on the instance, whichever service it is of. */
  idle(instance: string): Promise<void>;
  /** One gateway per service; ports follow `firstPort` where they are free, any other port where not. 0: any free ones. */
  open(services: readonly string[], fleet: LocalFleet, firstPort: number): Promise<void>;
  start(load: readonly PlannedLoad[], clock: LocalClock): void;
  /** No more load; ends when the answers are in, or after `waitMs` real ms. */
  quiet(waitMs: number): Promise<void>;
  close(): Promise<void>;
}

export function traffic(): Traffic {
  const gateways = new Map<string, Gateway>();
  const generators = new Map<string, Generator>();
  return {
    gateways,
    generators,
    idle: async (instance) => {
      await Promise.all([...gateways.values()].map((gateway) => gateway.idle(instance)));
    },
    open: async (services, fleet, firstPort) => {
      for (const [index, service] of services.entries()) {
        const port = firstPort === 0 || firstPort + index > 65_535 ? 0 : firstPort + index;
        gateways.set(service, await openGateway({ service, port, backends: () => fleet.backends(service) }));
      }
      fleet.onChange((service) => gateways.get(service)?.wake());
    },
    start: (load, clock) => {
      for (const { service, path, shape } of load) {
        const gateway = gateways.get(service);
        if (!gateway) continue;
        const regularity = Math.max(1, Math.round(clock.speed));
        const { now } = clock;
        generators.set(
          service,
          startGenerator({ url: gateway.url, path, shape, now, random: Math.random, regularity }),
        );
      }
    },
    quiet: async (waitMs) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, waitMs);
      });
      await Promise.race([late, Promise.all([...generators.values()].map((generator) => generator.stop()))]);
      clearTimeout(timer);
    },
    close: async () => {
      await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
    },
  };
}
