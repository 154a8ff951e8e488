import type { SampleQuery } from "../core/ports/samples.ts";

/** A metric of CloudWatch. `perSecond`: CloudWatch counts per period, Headgate speaks of rates. */
export interface MetricAddress {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly perSecond: boolean;
  /** Counts whole things: a mean over those who report it is rounded. */
  readonly whole?: true;
  /** Is not told where it is 0. What is told of the same dimensions all the same: see cloudwatch-zeros.ts. */
  readonly beside?: string;
}

/** ECS metrics of a service. The counts need Container Insights; utilisation is there always. */
const ECS_METRICS: Readonly<Record<string, readonly [namespace: string, name: string]>> = {
  cpu: ["AWS/ECS", "CPUUtilization"],
  memory: ["AWS/ECS", "MemoryUtilization"],
  desired: ["ECS/ContainerInsights", "DesiredTaskCount"],
  running: ["ECS/ContainerInsights", "RunningTaskCount"],
  pending: ["ECS/ContainerInsights", "PendingTaskCount"],
};

export const LOAD_BALANCERS = "AWS/ApplicationELB";
/** Of a target group. Each node of the load balancer tells what it sees of all targets, so that the true count is the mean over nodes, not their sum. */
const HEALTHY = "HealthyHostCount";

/** Metrics of the target group behind which a service stands. */
const TARGET_METRICS: Readonly<Record<string, Pick<MetricAddress, "name" | "perSecond" | "whole" | "beside">>> = {
  requests: { name: "RequestCount", perSecond: true, beside: HEALTHY },
  requests_per_instance: { name: "RequestCountPerTarget", perSecond: true, beside: HEALTHY },
  ready: { name: HEALTHY, perSecond: false, whole: true },
};

/**
 * Metrics of Managed Flink for a whole application. Busy time is told by task only, so that it has no address here.
 * `cpu` and `memory`: of the task managers' JVMs; `container_cpu` and `container_memory`: of their containers, as Amazon's own scaling sees them.
 */
const FLINK_METRICS: Readonly<Record<string, string>> = {
  cpu: "cpuUtilization",
  memory: "heapMemoryUtilization",
  container_cpu: "containerCPUUtilization",
  container_memory: "containerMemoryUtilization",
  records_in: "numRecordsInPerSecond",
  records_out: "numRecordsOutPerSecond",
  kpus: "KPUs",
};

const shortName = (nameOrArn: string) => nameOrArn.split("/").at(-1) ?? nameOrArn;

/** Address of a metric of a service, or a sentence saying why it has none. */
export function metricAddress(query: Pick<SampleQuery, "service" | "metric" | "custom">): MetricAddress | string {
  const { service, metric, custom } = query;
  if (custom) {
    const dimensions = Object.entries(custom.dimensions).map(([Name, Value]) => ({ Name, Value }));
    return { namespace: custom.namespace, name: custom.name, dimensions, perSecond: false };
  }
  if (service.managedFlink) return flinkAddress(service.managedFlink.application, service.name, metric);
  const told = Object.hasOwn(TARGET_METRICS, metric) ? TARGET_METRICS[metric] : undefined;
  if (told) return targetAddress(service, metric, told);
  const found = Object.hasOwn(ECS_METRICS, metric) ? ECS_METRICS[metric] : undefined;
  if (!found) return `CloudWatch has no metric for ${metric} of ${service.name} without an address`;
  if (!service.ecs) return `${service.name} has no ECS address`;
  const dimensions = [
    { Name: "ClusterName", Value: shortName(service.ecs.cluster) },
    { Name: "ServiceName", Value: shortName(service.ecs.service) },
  ];
  return { namespace: found[0], name: found[1], dimensions, perSecond: false };
}

function targetAddress(
  { name, ecs }: SampleQuery["service"],
  metric: string,
  told: Pick<MetricAddress, "name" | "perSecond" | "whole" | "beside">,
): MetricAddress | string {
  if (!ecs?.loadBalancer || !ecs.targetGroup) return `${name} names no load balancer that ${metric} could be read from`;
  const dimensions = [
    { Name: "LoadBalancer", Value: ecs.loadBalancer },
    { Name: "TargetGroup", Value: ecs.targetGroup },
  ];
  return { namespace: LOAD_BALANCERS, dimensions, ...told };
}

function flinkAddress(application: string, service: string, metric: string): MetricAddress | string {
  const name = Object.hasOwn(FLINK_METRICS, metric) ? FLINK_METRICS[metric] : undefined;
  if (!name) return `Managed Flink has no metric for ${metric} of ${service} without an address`;
  const dimensions = [{ Name: "Application", Value: application }];
  return { namespace: "AWS/KinesisAnalytics", name, dimensions, perSecond: false };
}

/** Where a service's metrics and alarms are; undefined: Headgate's own region. */
export const regionOf = ({ ecs, managedFlink }: SampleQuery["service"]): string | undefined =>
  ecs?.region ?? managedFlink?.region;

const STATISTICS = { avg: "Average", max: "Maximum", sum: "Sum", p95: "p95", p99: "p99" } as const;

/** CloudWatch's name of a statistic. A rate is the sum of a period over its seconds, whatever was asked. */
export function statisticOf(stat: SampleQuery["stat"], address: MetricAddress): string {
  return address.perSecond ? "Sum" : STATISTICS[stat];
}
