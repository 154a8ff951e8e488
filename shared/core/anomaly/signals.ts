import type { AnomalyConfig, Role, Signal } from "./config.ts";

/** What is known of where a service runs, as far as it decides which signals it has. */
export interface Surroundings {
  /** Runs on this machine and is measured by Headgate itself. */
  readonly local: boolean;
  /** Its requests are counted (behind the local gateway, or a load balancer is named). */
  readonly requests: boolean;
}

export interface NamedSignal extends Signal {
  readonly name: string;
}

const usual = { stat: "avg", direction: "both", every: 60_000, quiet: 900_000, settle: 21_600_000 } as const;
const signal = (name: string, role: Role, given: Partial<Signal>): NamedSignal => ({ ...usual, name, role, ...given });

const LATENCY = signal("latency", "latency", { metric: "latency_p99", stat: "max", unit: "ms", direction: "high" });
const TRAFFIC = signal("traffic", "traffic", { metric: "requests", unit: "requests/s" });
const ERRORS = signal("errors", "errors", { metric: "errors", over: "requests", unit: "ratio", direction: "high" });
const CPU = signal("cpu", "saturation", { metric: "cpu", unit: "percent" });
const MEMORY = signal("memory", "saturation", { metric: "memory", unit: "percent" });
/** The seed rule looks at the mean of the two. */
const RESOURCES = signal("resources", "saturation", { metric: ["cpu", "memory"], unit: "percent", direction: "high" });

/**
 * The signals of a service in order of name: those of its configuration, else the golden signals of which its surroundings
 * can tell. Latency and errors are the gateway's: on ECS they need a query or an address in CloudWatch.
 */
export function signalsOf(config: AnomalyConfig, around: Surroundings): readonly NamedSignal[] {
  const given = Object.entries(config.signals);
  if (given.length > 0)
    return given.map(([name, one]) => ({ ...one, name })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const saturation = config.detector === "seed" ? [RESOURCES] : [CPU, MEMORY];
  return [
    ...(around.local ? [ERRORS, LATENCY] : []),
    ...(around.local || around.requests ? [TRAFFIC] : []),
    ...saturation,
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}
