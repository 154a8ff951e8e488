import type { Release } from "../../shared/core/kernel/release.ts";

/** A release with the platform's defaults. */
export function releaseOf(version: string, more: Partial<Release> = {}): Release {
  return {
    version,
    environment: {},
    resources: { memoryMb: 1024, cpus: 1 },
    ports: [],
    volumes: [],
    restartPolicy: "unless-stopped",
    health: { intervalMs: 30_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0 },
    metricsPath: "/metrics",
    ...more,
  };
}
