import { type AnomalyConfig, CLOUDWATCH_BATCH_MS } from "../../shared/core/anomaly/config.ts";
import { type NamedSignal, signalsOf } from "../../shared/core/anomaly/signals.ts";
import type { DurationMs } from "../../shared/core/kernel/time.ts";
import type { ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { refOf } from "../autoscaling/targets.ts";
import { own } from "../own.ts";

/** A service that is scored. `config` is the effective one: every signal is written out, with how often it is read. */
export interface ScoreTarget {
  readonly name: string;
  readonly ref: ServiceRef;
  readonly config: AnomalyConfig;
  readonly signals: readonly NamedSignal[];
  /** Measured on this machine: reading costs nothing. */
  readonly local: boolean;
}

/** Services that have an anomaly configuration, all or those named; in order of name, each once. */
export function scoreTargetsOf(config: HeadgateConfig, names?: readonly string[]): readonly ScoreTarget[] {
  const wanted = names ? new Set(names) : undefined;
  return Object.entries(config.anomaly ?? {})
    .filter(([name]) => wanted === undefined || wanted.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, given]) => {
      const service = own(config.services, name);
      const local = service?.run !== undefined;
      const requests = service?.ecs?.loadBalancer !== undefined && service.ecs.targetGroup !== undefined;
      const signals = signalsOf(given, { local, requests });
      const named = signals.map((one) => ({ ...one, batch: batchOf(one, local) }));
      const effective = { ...given, signals: Object.fromEntries(named.map(({ name: id, ...one }) => [id, one])) };
      return { name, ref: refOf(config, name), config: effective, signals: named, local };
    });
}

/** How often the points of a signal are read. */
function batchOf(signal: NamedSignal, local: boolean): DurationMs {
  if (signal.batch !== undefined) return signal.batch;
  return signal.query !== undefined || local ? signal.every : Math.max(CLOUDWATCH_BATCH_MS, signal.every);
}
