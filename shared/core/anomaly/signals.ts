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
// Being less full is nobody's trouble: it follows from scaling out, a restart, or a fall of traffic that is told by itself.
const CPU = signal("cpu", "saturation", { metric: "cpu", unit: "percent", direction: "high" });
const MEMORY = signal("memory", "saturation", { metric: "memory", unit: "percent", direction: "high" });
/** The seed rule looks at the mean of the two. */
const RESOURCES = signal("resources", "saturation", { metric: ["cpu", "memory"], unit: "percent" });
/** Headgate's own metrics that are percent: a signal of them need not say so, and the seed's limits are fractions. */
const PERCENT: ReadonlySet<string> = new Set(["cpu", "memory", "busy", "process_cpu"]);

/**
 * The signals of a service in order of name: those of its configuration, else the golden signals of which its surroundings
 * can tell. Latency and errors are the gateway's: on ECS they need a query or an address in CloudWatch.
 */
export function signalsOf(config: AnomalyConfig, around: Surroundings): readonly NamedSignal[] {
  const given = Object.entries(config.signals);
  if (given.length > 0)
    return given.map(([name, one]) => ({ ...withUnit(one), name })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const seed = config.detector === "seed";
  const golden = [
    ...(around.local ? [ERRORS, LATENCY] : []),
    ...(around.local || around.requests ? [TRAFFIC] : []),
    ...(seed ? [RESOURCES] : [CPU, MEMORY]),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  // The seed rules know no direction: |z|, and limits that a value may exceed while it falls.
  return seed ? golden.map((one) => ({ ...one, direction: "both" })) : golden;
}

function withUnit(given: Signal): Signal {
  const metrics = typeof given.metric === "string" ? [given.metric] : (given.metric ?? []);
  const isPercent = metrics.length > 0 && given.over === undefined && metrics.every((one) => PERCENT.has(one));
  return given.unit === undefined && isPercent ? { ...given, unit: "percent" } : given;
}
