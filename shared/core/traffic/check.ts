import { formatDuration } from "../kernel/time.ts";
import { isPrime } from "./balance/prime.ts";
import type { TrafficConfig } from "./section.ts";

/** One thing that the schema cannot see and that would not work. */
export interface SemanticFault {
  /** Inside the service's traffic configuration, e.g. ["balance", "tableSize"]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** It works, and is probably not meant. */
  readonly works?: true;
}

/** What else the configuration says of the service. */
export interface ServiceFacts {
  /** Under `services`, so that the fleet or ECS may know its backends. */
  readonly known: boolean;
  readonly ecs: boolean;
}

/** Semantic faults of one service's configuration, in the order of the file. Empty where it can work. */
export function checkTraffic(config: TrafficConfig, facts: ServiceFacts): readonly SemanticFault[] {
  const { balance, outlier, versions, discover, backends } = config;
  const faults: SemanticFault[] = [];
  const fault = (path: SemanticFault["path"], message: string, value: unknown, allowed: string) =>
    void faults.push({ path, message, value, allowed });
  if (!isPrime(balance.tableSize))
    fault(["balance", "tableSize"], "must be prime, or hosts would never be reached", balance.tableSize, "a prime");
  if ((balance.minimumRingSize ?? 0) > balance.maximumRingSize)
    fault(
      ["balance", "minimumRingSize"],
      "above maximumRingSize",
      balance.minimumRingSize,
      `integer up to ${balance.maximumRingSize}`,
    );
  if (outlier !== "off" && outlier.maxEjection < outlier.baseEjection)
    fault(
      ["outlier", "maxEjection"],
      "below baseEjection",
      formatDuration(outlier.maxEjection),
      `at least ${formatDuration(outlier.baseEjection)}`,
    );
  if (versions && Object.values(versions).every((share) => share === 0))
    fault(["versions"], "no version gets anything", versions, "a share above 0 for at least one");
  if (config.locality === "zone_aware" && config.zone === undefined)
    fault(["locality"], "zone-aware routing needs the zone of the callers", config.locality, "set zone as well");
  if (config.locality === "weighted" && config.localityWeights === undefined)
    fault(["locality"], "needs a weight for each zone", config.locality, "set localityWeights as well");
  if (discover?.ecs && !facts.ecs)
    fault(["discover", "ecs"], "the service has no ecs", discover.ecs, "ecs under services, or cloudMap");
  if (discover?.ecs && discover.cloudMap)
    fault(["discover"], "two sources of the same backends", discover, "one of ecs and cloudMap");
  if (config.totalTimeout !== undefined && config.retry.perTryTimeout !== undefined) {
    const { perTryTimeout } = config.retry;
    if (perTryTimeout > config.totalTimeout)
      fault(
        ["retry", "perTryTimeout"],
        "longer than totalTimeout",
        formatDuration(perTryTimeout),
        `at most ${formatDuration(config.totalTimeout)}`,
      );
  }
  if (!facts.known && backends.length === 0 && !discover)
    faults.push({
      path: [],
      message: "the service is not in services, and has no backends until one is registered",
      value: "",
      allowed: "a name under services, backends or discover",
      works: true,
    });
  return faults;
}
