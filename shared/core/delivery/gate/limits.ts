import { RISE } from "./constants.ts";
import type { GateSettings } from "./settings.ts";
import type { GateMetric } from "./types.ts";

/** Ratios that a release is shown to stay below when it passes. */
export const passRatios = ({ passErrors, passSlow }: GateSettings): Readonly<Record<GateMetric, number>> => ({
  errors: passErrors,
  slow: passSlow,
});

/**
 * The joint e-value that fails at this look: 1/alpha until the planned looks are over, then rising in a line, doubled after as many
 * looks again. A watch that goes on for long would add false failures otherwise, because noise is measured and not known.
 */
export function limitOf({ alpha, ticks }: GateSettings, look: number): number {
  const over = Math.max(0, look - ticks) / Math.max(1, ticks);
  return (1 + RISE * over) / alpha;
}
