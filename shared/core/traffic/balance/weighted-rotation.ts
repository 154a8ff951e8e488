import { avoided, type Chooser, type Field, refreshField } from "./field.ts";

/**
 * Smooth weighted round robin, as nginx (upstream_round_robin, 2012): each pick adds every member's weight to its current, takes the
 * greatest and takes the total off it; {5, 1, 1} gives a a b a c a a and all currents are 0 again.
 * `maxFails`: a failed call takes weight / maxFails off a member's effective weight, down to 0, and each pick gives 1 back (nginx's
 * max_fails); absent: failures do not count.
 */
export function weightedRoundRobin(field: Field, maxFails?: number): Chooser {
  const { members, weights, loads } = field;
  const current = new Float64Array(weights.length);
  const effective = Float64Array.from(weights);
  const failed = Float64Array.from(loads.failures);
  const sink = (i: number) => {
    const weight = weights[i] as number;
    const failures = (loads.failures[i] as number) - (failed[i] as number);
    if (failures > 0 && maxFails !== undefined) {
      failed[i] = loads.failures[i] as number;
      effective[i] = Math.max(0, (effective[i] as number) - (failures * weight) / maxFails);
    }
  };
  return {
    policy: "weighted_round_robin",
    pick(request) {
      const avoid = request.tried === undefined ? undefined : avoided(field, request);
      let total = 0;
      let best = -1;
      for (let place = 0; place < field.count; place += 1) {
        const i = members[place] as number;
        if (avoid?.includes(i)) continue;
        if (maxFails !== undefined) sink(i);
        const its = effective[i] as number;
        current[i] = (current[i] as number) + its;
        total += its;
        if (its < (weights[i] as number)) effective[i] = Math.min(weights[i] as number, its + 1);
        if (best < 0 || (current[i] as number) > (current[best] as number)) best = i;
      }
      if (best < 0) return -1;
      current[best] = (current[best] as number) - total;
      loads.last = best;
      return best;
    },
    values: (_request, i) => ({
      weight: weights[i] as number,
      effectiveWeight: effective[i] as number,
      currentWeight: current[i] as number,
    }),
    tie: () => undefined,
    refresh() {
      refreshField(field);
      for (let i = 0; i < weights.length; i += 1) {
        // Who is out keeps no claim to turns; who sank goes on rising towards the new weight.
        if (!((weights[i] as number) > 0)) current[i] = 0;
        if (maxFails === undefined || (effective[i] as number) > (weights[i] as number))
          effective[i] = weights[i] as number;
      }
    },
  };
}
