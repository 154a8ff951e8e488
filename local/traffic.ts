import { join } from "node:path";
import { circuitJournal } from "../functions/traffic/breaker-journal.ts";
import { verdictJournal } from "../functions/traffic/ejections.ts";
import { DEFAULT_TENANT } from "../shared/core/kernel/key.ts";
import type { Counts } from "../shared/core/ports/counts.ts";
import type { BreakerPolicy } from "../shared/core/traffic/breaker/policy.ts";
import type { TrafficConfig } from "../shared/core/traffic/section.ts";
import { sharedBreakers } from "../shared/shell/breakers.ts";
import type { Breakers } from "../shared/shell/breakers-types.ts";
import type { TrafficLooks } from "../shared/shell/gateway-look.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import type { LocalClock } from "./clock.ts";
import { gatewayCounts } from "./delivery/gateway-counts.ts";
import { type AccessLog, accessLog } from "./gateway/access-log.ts";
import { exposedTogether } from "./gateway/exposed.ts";
import { type Gateway, openGateway } from "./gateway/gateway.ts";
import { gatewayFamilies } from "./gateway/own-answers.ts";
import { type RequestMetrics, requestMetrics } from "./gateway/request-metrics.ts";
import { type Generator, startGenerator } from "./generator.ts";
import type { PlannedLoad } from "./load-plan.ts";
import type { LocalFleet } from "./process-fleet.ts";
import { joinedBackends } from "./traffic/joined-backends.ts";
import { trafficLooks } from "./traffic/looks.ts";
import { type RegistryFeed, registryFeed } from "./traffic/registry-feed.ts";
import { sharedGatewayBreakers } from "./traffic/shared-breakers.ts";

/** Gateways in front of the services, and the load on them. */
export interface Traffic {
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly generators: ReadonlyMap<string, Generator>;
  /** What the API shows of the gateways. */
  readonly looks: TrafficLooks;
  /** Ends when nothing is in flight on the instance, whichever service it is of. */
  idle(instance: string): Promise<void>;
  /** One gateway per service; ports follow `firstPort` where they are free, any other port where not. 0: any free ones. */
  open(services: readonly string[], fleet: LocalFleet, firstPort: number, known: OpenTraffic): Promise<void>;
  /** One more gateway, behind those that are open: its service was deployed just now. */
  add(service: string): Promise<void>;
  /** Requests by version, as they were served. */
  readonly counts: Counts;
  start(load: readonly PlannedLoad[], clock: LocalClock): void;
  /** No more load; ends when the answers are in, or after `waitMs` real ms. */
  quiet(waitMs: number): Promise<void>;
  close(): Promise<void>;
}

/** What the gateways stand on, once it is there. */
export interface OpenTraffic {
  readonly runtime: Runtime;
  readonly clock: Pick<LocalClock, "now" | "speed">;
  /** Folder for access logs. */
  readonly logs: string;
  readonly configVersion: () => string;
  readonly defaults: TrafficConfig;
  readonly onError: (error: unknown) => void;
}

/** Real ms: no request waits for the store here, so patience costs nobody anything, and a busy machine is not taken for a store that is away. */
const PATIENCE_MS = 5_000;

/** A call takes real time, so on a fast clock its lease is so many times as long. The same policy for the same settings. */
function localPolicies(speed: number): (policy: BreakerPolicy) => BreakerPolicy {
  const known = new WeakMap<BreakerPolicy, BreakerPolicy>();
  return (policy) => {
    let own = known.get(policy);
    if (!own) {
      const { probeLease, storeTimeout } = policy;
      own = { ...policy, probeLease: probeLease * speed, storeTimeout: Math.max(storeTimeout, PATIENCE_MS) };
      known.set(policy, own);
    }
    return own;
  };
}

export function traffic(): Traffic {
  const gateways = new Map<string, Gateway>();
  const generators = new Map<string, Generator>();
  const counted = new Map<string, RequestMetrics>();
  const logs: AccessLog[] = [];
  let feed: RegistryFeed | undefined;
  let breakers: Breakers | undefined;
  let openOne: ((service: string) => Promise<void>) | undefined;

  return {
    gateways,
    generators,
    looks: trafficLooks(
      (service) => gateways.get(service),
      (service) => feed?.changed(service),
      (format) =>
        exposedTogether(
          [...gateways].flatMap(([service, gateway]) => [
            ...(counted.get(service)?.families() ?? []),
            ...gatewayFamilies(gateway),
          ]),
          format,
        ),
      (circuit) => {
        const gateway = gateways.get(circuit.slice(0, Math.max(0, circuit.indexOf("/"))));
        if (gateway) void breakers?.get(circuit).look().then(gateway.wake);
      },
    ),
    counts: gatewayCounts((service) => gateways.get(service)?.versions),
    add: async (service) => {
      if (!openOne) throw new Error("gateways are not open yet");
      if (!gateways.has(service)) await openOne(service);
    },
    idle: async (instance) => {
      await Promise.all([...gateways.values()].map((gateway) => gateway.idle(instance)));
    },
    open: async (services, fleet, firstPort, known) => {
      const { runtime, clock, defaults, onError } = known;
      const served: string[] = [...services];
      const reading = registryFeed({
        runtime,
        services: () => served,
        deployed: fleet.deployed,
        onChange: (service) => {
          const gateway = gateways.get(service);
          const config = feed?.traffic(service);
          if (config) gateway?.update(config);
          else gateway?.wake();
        },
        onError,
      });
      feed = reading;
      await reading.refresh();
      const trafficOf = (service: string): TrafficConfig => reading.traffic(service) ?? defaults;
      const policyOf = (circuit: string): BreakerPolicy | "off" => {
        const slash = circuit.indexOf("/");
        return trafficOf(slash < 0 ? circuit : circuit.slice(0, slash)).breaker;
      };
      const fallback = defaults.breaker as BreakerPolicy;
      const here = localPolicies(clock.speed);
      const { circuits } = runtime;
      const shared =
        circuits &&
        sharedBreakers({
          circuits,
          tenant: DEFAULT_TENANT,
          policyOf: (circuit) => {
            const policy = policyOf(circuit);
            return here(policy === "off" ? fallback : policy);
          },
          now: clock.now,
          wallNow: Date.now,
          random: runtime.random,
          environment: `gateway-${process.pid}`,
          speed: clock.speed,
          onTransition: (told) =>
            circuitJournal(runtime).made(told, {
              configVersion: known.configVersion(),
              trigger: { type: "queue", detail: "requests that went through" },
            }),
          log: (level, message, fields) => runtime.telemetry.log(level, message, fields),
        });
      breakers = shared;
      const open = shared && sharedGatewayBreakers(shared, (circuit) => policyOf(circuit) !== "off");
      const openAt = async (service: string, index: number) => {
        const port = firstPort === 0 || firstPort + index > 65_535 ? 0 : firstPort + index;
        const config = trafficOf(service);
        const log = config.accessLog ? accessLog(join(known.logs, `access-${service}.ndjson`)) : undefined;
        if (log) logs.push(log);
        const metrics = requestMetrics(service);
        counted.set(service, metrics);
        const gateway = await openGateway({
          service,
          port,
          traffic: config,
          backends: joinedBackends(
            () => fleet.backends(service),
            () => reading.backends(service),
          ),
          checks: (backend) => reading.check(service, backend),
          ...(open ? { breakers: open } : {}),
          now: clock.now,
          speed: clock.speed,
          onVerdict: verdictJournal(
            runtime,
            () => {
              const { outlier } = trafficOf(service);
              if (outlier === "off") return undefined;
              return { tenant: DEFAULT_TENANT, service, outlier, configVersion: known.configVersion() };
            },
            onError,
          ),
          onFinished: (request) => {
            metrics.count(request.method, request.path, request.status, request.ms);
            log?.write(request);
          },
        });
        gateways.set(service, gateway);
      };
      for (const [index, service] of services.entries()) await openAt(service, index);
      openOne = async (service) => {
        await openAt(service, served.push(service) - 1);
        await reading.refresh();
      };
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
      await feed?.stop();
      await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
      await breakers?.flush();
      await Promise.all(logs.map((log) => log.close()));
    },
  };
}
