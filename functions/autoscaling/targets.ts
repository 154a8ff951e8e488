import type { ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { own } from "../own.ts";
import type { Target } from "./observe.ts";

/** The adapter's address of a configured service. */
export function refOf(config: HeadgateConfig, name: string): ServiceRef {
  const { ecs, flink, managedFlink } = own(config.services, name) ?? {};
  return {
    name,
    ...(ecs ? { ecs } : {}),
    ...(flink ? { flink: { url: flink.url, job: flink.job } } : {}),
    ...(managedFlink
      ? {
          managedFlink: {
            application: managedFlink.application,
            ...(managedFlink.region ? { region: managedFlink.region } : {}),
          },
        }
      : {}),
  };
}

/** Services that have an autoscaling configuration, all or those named; in order of name, each once. */
export function targetsOf(config: HeadgateConfig, names?: readonly string[]): readonly Target[] {
  const wanted = names ? new Set(names) : undefined;
  return Object.entries(config.autoscaling)
    .filter(([name]) => wanted === undefined || wanted.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, autoscaling]) => ({ name, ref: refOf(config, name), config: autoscaling }));
}
