import { formatDuration, MINUTE_MS } from "../kernel/time.ts";
import { isTimezone } from "../kernel/timezone.ts";
import type { AnomalyConfig, Signal } from "./config.ts";

/** One thing that the schema cannot see and that would not work. */
export interface SemanticFault {
  /** Inside the service's anomaly configuration, e.g. ["signals", "latency", "batch"]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
}

const RESERVED: readonly string[] = ["alertname", "service", "signal", "kind", "severity"];

/** Semantic faults of one service's configuration, in the order of the file. Empty where it can work. */
export function checkAnomaly(config: AnomalyConfig): readonly SemanticFault[] {
  const zone = isTimezone(config.timezone)
    ? []
    : [fault(["timezone"], "unknown time zone", config.timezone, "IANA name such as Europe/Berlin or UTC")];
  const labels = Object.keys(config.labels).flatMap((label) =>
    RESERVED.includes(label) || !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)
      ? [fault(["labels", label], "not a label of one's own", label, `a label name other than ${RESERVED.join(", ")}`)]
      : [],
  );
  const signals = Object.entries(config.signals).flatMap(([name, signal]) =>
    checkSignal(signal).map((one) => ({ ...one, path: ["signals", name, ...one.path] })),
  );
  return [...zone, ...signals, ...labels];
}

function checkSignal(signal: Signal): readonly SemanticFault[] {
  const { every, batch, quiet, settle, query, over, stat } = signal;
  const faults: SemanticFault[] = [];
  if (query === undefined && every % MINUTE_MS !== 0)
    faults.push(
      fault(["every"], "metrics are read in whole minutes", formatDuration(every), "a whole number of minutes"),
    );
  if (query !== undefined && over !== undefined)
    faults.push(
      fault(["over"], "a query divides by itself", over, "leave it out, and write the division in the query"),
    );
  if (query !== undefined && stat !== "avg")
    faults.push(fault(["stat"], "a query has no statistic", stat, "leave it out"));
  if (batch !== undefined && batch < every)
    faults.push(
      fault(
        ["batch"],
        "shorter than the distance of two points",
        formatDuration(batch),
        `at least ${formatDuration(every)}`,
      ),
    );
  if (quiet < every)
    faults.push(
      fault(
        ["quiet"],
        "shorter than the distance of two points",
        formatDuration(quiet),
        `at least ${formatDuration(every)}`,
      ),
    );
  if (settle < quiet)
    faults.push(fault(["settle"], "shorter than quiet", formatDuration(settle), `at least ${formatDuration(quiet)}`));
  return faults;
}

function fault(path: readonly (string | number)[], message: string, value: unknown, allowed: string): SemanticFault {
  return { path, message, value, allowed };
}
