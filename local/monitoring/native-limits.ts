import type { ScrapeLimits } from "../../shared/core/monitoring/settings.ts";

/**
 * Bounds that hold where a job sets none: one target may not take the memory of all. Far above what exporters send (a busy
 * node_exporter has 2,000 samples in 200 KB); a job that needs more says so.
 */
export const NATIVE_LIMITS: Readonly<Omit<ScrapeLimits, "targets">> = {
  bodyBytes: 32 * 1024 ** 2,
  samples: 100_000,
  labels: 128,
  labelNameBytes: 1_024,
  labelValueBytes: 16_384,
};

/** A job's limits, and ours where it has none. */
export const withNativeLimits = (limits: ScrapeLimits): ScrapeLimits => ({
  bodyBytes: limits.bodyBytes || NATIVE_LIMITS.bodyBytes,
  samples: limits.samples || NATIVE_LIMITS.samples,
  labels: limits.labels || NATIVE_LIMITS.labels,
  labelNameBytes: limits.labelNameBytes || NATIVE_LIMITS.labelNameBytes,
  labelValueBytes: limits.labelValueBytes || NATIVE_LIMITS.labelValueBytes,
  targets: limits.targets,
});
