import { MINUTE_MS } from "../kernel/time.ts";
import { GATE_DEFAULTS, type GateSettings } from "./gate/settings.ts";
import type { DeliveryConfig } from "./section.ts";

/** Fewer looks than this make no plan: what can be seen would be told for a moment. */
const LEAST_TICKS = 2;

/**
 * The gate as a service's configuration has it, planned for so long (ms); undefined: it is off. A rule of a service is the same wherever it
 * judges: in our own rollouts, and in those that others make.
 */
export function gateSettingsOf(
  { gate, every }: Pick<DeliveryConfig, "gate" | "every">,
  plannedMs: number = 10 * MINUTE_MS,
): GateSettings | undefined {
  if (gate === "off") return undefined;
  const { rule, alpha, errorRatio, p99Ratio, looks, pass, marginal } = gate;
  const ticks = Math.max(LEAST_TICKS, Math.ceil(plannedMs / every));
  return {
    ...GATE_DEFAULTS,
    rule,
    alpha,
    ticks,
    everyMs: every,
    threshold: { errorRatio, p99Ratio, looks },
    kayenta: { ...GATE_DEFAULTS.kayenta, pass, marginal },
  };
}
