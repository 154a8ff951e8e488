import type { Dimension } from "@aws-sdk/client-cloudwatch";
import { type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { CountsPlaces, VersionCounts } from "../core/ports/counts.ts";

/** What is asked of one metric. Up to five statistics of one metric are billed as one. */
export interface CountsQuery {
  readonly version: string;
  readonly part: Part;
  readonly namespace: string;
  readonly metric: string;
  readonly stat: string;
  readonly dimensions: readonly Dimension[];
}

type Part = "requests" | "errors" | "refused" | "timed" | "slowPercent" | "p99";

/** Where the versions of a service are counted. */
export type CountsSource =
  | { readonly kind: "alb"; readonly loadBalancer: string; readonly targetGroups: Readonly<Record<string, string>> }
  | {
      readonly kind: "lambda";
      readonly function: string;
      readonly alias: string;
      readonly versions: Readonly<Record<string, string>>;
    };

/** Values by version, part and beginning of a period. */
export type MinutePoints = ReadonlyMap<string, ReadonlyMap<Millis, number>>;

export const pointsKey = (version: string, part: Part): string => JSON.stringify([version, part]);

/** @returns a sentence where the configuration names nothing that CloudWatch counts */
export function sourceOf({ loadBalancer, targetGroups, lambda }: CountsPlaces): CountsSource | string {
  if (lambda) return { kind: "lambda", ...lambda };
  if (targetGroups && Object.keys(targetGroups).length > 0)
    return loadBalancer === undefined
      ? "its target groups are known and their load balancer is not (traffic.weights.alb names a rule or a listener of it)"
      : { kind: "alb", loadBalancer, targetGroups };
  return "neither target groups nor a function are named that CloudWatch could count by";
}

const own = (record: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

function dimensionsOf(source: CountsSource, version: string): readonly Dimension[] | undefined {
  if (source.kind === "alb") {
    const arn = own(source.targetGroups, version);
    const group = arn === undefined ? undefined : /targetgroup\/.+$/.exec(arn)?.[0];
    return group === undefined
      ? undefined
      : [
          { Name: "TargetGroup", Value: group },
          { Name: "LoadBalancer", Value: source.loadBalancer },
        ];
  }
  const published = own(source.versions, version);
  const name = source.function.split(":").at(-1) ?? source.function;
  return published === undefined
    ? undefined
    : [
        { Name: "FunctionName", Value: name },
        { Name: "Resource", Value: `${name}:${source.alias}` },
        { Name: "ExecutedVersion", Value: published },
      ];
}

/** What is asked: three metrics a version (with connections that failed four), whatever the number of intervals. */
export function queriesOf(
  source: CountsSource,
  versions: readonly string[],
  slowMs: number | undefined,
): CountsQuery[] {
  const isAlb = source.kind === "alb";
  const namespace = isAlb ? "AWS/ApplicationELB" : "AWS/Lambda";
  const times = isAlb ? "TargetResponseTime" : "Duration";
  // Load balancers measure seconds, functions milliseconds. The lower bound of PR is not part of it: slower than, not as slow as.
  const bound = slowMs === undefined ? undefined : Number((isAlb ? slowMs / SECOND_MS : slowMs).toFixed(6));
  const asked: readonly (readonly [Part, string, string])[] = [
    ["requests", isAlb ? "RequestCount" : "Invocations", "Sum"],
    ["errors", isAlb ? "HTTPCode_Target_5XX_Count" : "Errors", "Sum"],
    ...(isAlb ? [["refused", "TargetConnectionErrorCount", "Sum"] as const] : []),
    ["timed", times, "SampleCount"],
    ...(bound === undefined ? [] : [["slowPercent", times, `PR(${bound}:)`] as const]),
    ["p99", times, "p99"],
  ];
  return versions.flatMap((version) => {
    const dimensions = dimensionsOf(source, version);
    return dimensions
      ? asked.map(([part, metric, stat]) => ({ version, part, namespace, metric, stat, dimensions }))
      : [];
  });
}

/**
 * Counts of one version in one period; undefined: nothing is known. A load balancer reports errors only where there are some, so their
 * absence beside requests is zero; a function reports them with each invocation, so their absence is not.
 */
export function countsAt(
  { kind }: CountsSource,
  version: string,
  points: MinutePoints,
  at: Millis,
): VersionCounts | undefined {
  const of = (part: Part) => points.get(pointsKey(version, part))?.get(at);
  const requests = of("requests");
  const failed = of("errors") ?? (kind === "alb" ? 0 : undefined);
  if (requests === undefined || failed === undefined) return undefined;
  const errors = Math.min(requests, failed + (of("refused") ?? 0));
  const [timed, percent, p99] = [of("timed"), of("slowPercent"), of("p99")];
  const slow =
    timed === undefined || percent === undefined ? undefined : Math.min(requests, Math.round((percent / 100) * timed));
  return {
    requests,
    errors,
    ...(slow === undefined ? {} : { slow }),
    ...(p99 === undefined ? {} : { p99Ms: kind === "alb" ? p99 * SECOND_MS : p99 }),
  };
}
