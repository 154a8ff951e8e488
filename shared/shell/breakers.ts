import { sharedCircuit } from "./breakers-circuit.ts";
import { storeGuard } from "./breakers-guard.ts";
import { checkCircuitName } from "./breakers-name.ts";
import type { Breakers, BreakersEvent, BreakersOptions, BreakersStats, SharedBreaker } from "./breakers-types.ts";

/** Circuits that one environment keeps at hand; the ones that were asked for longest ago go first. */
const MOST_CIRCUITS = 10_000;

/**
 * Circuit breakers whose state outlives the function: many environments, one item for each circuit, nothing that runs between calls.
 * What an environment knows of a closed circuit is at most `staleness` old, of an open one it stays until `openUntil`. Failures are
 * told at once, successes when there is something to take back or a failure follows; a healthy fleet writes next to nothing.
 */
export function sharedBreakers(options: BreakersOptions): Breakers {
  const stats: Record<BreakersEvent, number> = {
    read: 0,
    write: 0,
    transition: 0,
    refused: 0,
    degraded: 0,
    dropped: 0,
  };
  const count = (what: BreakersEvent): void => {
    stats[what] += 1;
    options.count?.(what);
  };
  const guard = storeGuard(options, count);
  const known = new Map<string, SharedBreaker>();

  return {
    get(circuit) {
      const there = known.get(circuit);
      if (there) return there;
      checkCircuitName(circuit);
      const made = sharedCircuit({ tenant: options.tenant, circuit }, options, guard, count);
      if (known.size >= MOST_CIRCUITS) {
        const [oldest] = known;
        if (oldest) {
          known.delete(oldest[0]);
          void oldest[1].flush();
        }
      }
      known.set(circuit, made);
      return made;
    },
    async flush() {
      await Promise.all([...known.values()].map((breaker) => breaker.flush()));
    },
    stats: (): BreakersStats => ({ ...stats, circuits: known.size }),
  };
}
