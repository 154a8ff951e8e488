import { resolve } from "node:path";
import type { HeadgateConfig, ServiceConfig } from "../shared/shell/config-schema.ts";

/** A service as the process fleet runs it. */
export interface ServiceSpec extends NonNullable<ServiceConfig["run"]> {
  readonly name: string;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute: the folder of the configuration file, from which `file:` references are seen. */
  readonly baseDir: string;
  /** Instances on the very first start; later the persisted count is used. */
  readonly initial: number;
}

/** The services of a configuration that run as local processes; relative folders are seen from `baseDir`. */
export function localServices(config: HeadgateConfig, baseDir: string): readonly ServiceSpec[] {
  return Object.entries(config.services).flatMap(([name, service]) =>
    service.run
      ? [
          {
            ...service.run,
            name,
            baseDir: resolve(baseDir),
            cwd: resolve(baseDir, service.run.cwd ?? "."),
            initial: config.autoscaling[name]?.min ?? 1,
          },
        ]
      : [],
  );
}
