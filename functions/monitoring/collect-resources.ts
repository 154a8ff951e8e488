import type { JsonObject, PartResult } from "../../shared/core/monitoring/collect.ts";
import type { SampleQuery } from "../../shared/core/ports/samples.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { refOf } from "../autoscaling/targets.ts";
import { own } from "../own.ts";
import { periodOf } from "../services/read.ts";

/** The newest of so many periods counts; what is older says nothing of now. */
const PERIODS = 5;
const BYTES_PER_MB = 1024 * 1024;

/** Container Insights, in megabytes per task; absent where it is not switched on. CloudWatch/ECS itself tells percent only. */
function memoryQuery(query: Omit<SampleQuery, "id" | "metric">): readonly SampleQuery[] {
  const { ecs } = query.service;
  if (!ecs) return [];
  const dimensions = { ClusterName: ecs.cluster.split("/").at(-1) ?? ecs.cluster, ServiceName: ecs.service };
  const custom = { namespace: "ECS/ContainerInsights", name: "MemoryUtilized", dimensions };
  return [{ ...query, id: "memory_mb", metric: "memory_mb", custom }];
}

/**
 * CPU and memory of a service from the Samples port: `cpu` and `memory` in percent of what an instance was given, mean over
 * instances; `memory_bytes` of an instance, where it is known. A figure that nothing was measured for is absent.
 */
export async function readResources(runtime: Runtime, config: HeadgateConfig, name: string): Promise<PartResult> {
  const periodMs = periodOf(config, name);
  const to = Math.floor(runtime.now() / periodMs) * periodMs;
  const base = { service: refOf(config, name), stat: "avg" as const, periodMs, from: to - PERIODS * periodMs, to };
  const queries: readonly SampleQuery[] = [
    { ...base, id: "cpu", metric: "cpu" },
    { ...base, id: "memory", metric: "memory" },
    ...memoryQuery(base),
  ];
  try {
    const answers = await runtime.samples.read(queries);
    const latest = (id: string) => answers.find((one) => one.id === id)?.points.at(-1)?.value;
    const [cpu, memory, megabytes] = [latest("cpu"), latest("memory"), latest("memory_mb")];
    const failed = answers.filter((one) => one.status === "failed" && one.id !== "memory_mb");
    if (failed.length === 2) return { ok: false, error: failed.map((one) => one.detail ?? one.id).join("; ") };
    const limitMb = own(config.services, name)?.run?.memoryLimitMb;
    const bytes =
      megabytes !== undefined
        ? megabytes * BYTES_PER_MB
        : memory !== undefined && limitMb !== undefined
          ? (memory / 100) * limitMb * BYTES_PER_MB
          : undefined;
    const value: JsonObject = {
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
      ...(bytes === undefined ? {} : { memory_bytes: Math.round(bytes) }),
    };
    return { ok: true, value, notes: failed.map((one) => `resources.${one.id}: ${one.detail ?? "could not be read"}`) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
