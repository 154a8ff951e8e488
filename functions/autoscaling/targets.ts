import type { FlinkJobRef } from "../../shared/core/autoscaling/flink/types.ts";
import type { ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { HeadgateConfig, ServiceConfig } from "../../shared/shell/config-schema.ts";
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

/** A job's address without what was not given. */
const jobRef = ({
  url,
  job,
  savepoints,
  jarId,
  entryClass,
  args,
}: NonNullable<ServiceConfig["flink"]>): FlinkJobRef => ({
  ...{ url, job, args },
  ...(savepoints === undefined ? {} : { savepoints }),
  ...(jarId === undefined ? {} : { jarId }),
  ...(entryClass === undefined ? {} : { entryClass }),
});

/** Services that have an autoscaling configuration, all or those named; in order of name, each once. */
export function targetsOf(config: HeadgateConfig, names?: readonly string[]): readonly Target[] {
  const wanted = names ? new Set(names) : undefined;
  return Object.entries(config.autoscaling)
    .filter(([name]) => wanted === undefined || wanted.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, autoscaling]) => {
      const flink = own(config.services, name)?.flink;
      return { name, ref: refOf(config, name), config: autoscaling, ...(flink ? { flink: jobRef(flink) } : {}) };
    });
}
