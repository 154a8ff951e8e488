import { resolve } from "node:path";
import type { Release } from "../shared/core/kernel/release.ts";
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
  /** Of a release that was deployed; absent: what the configuration says runs. */
  readonly deployed?: {
    /** Only this port will do. */
    readonly exactPort: boolean;
    readonly restart: Release["restartPolicy"];
    /** Of one health check, real ms, and how many may fail in a row. */
    readonly checkTimeoutMs: number;
    readonly checkFailures: number;
  };
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
