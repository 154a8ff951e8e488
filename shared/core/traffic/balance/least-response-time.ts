import { avoided, type Chooser, type Field, greatest, refreshField, type Tie, tieText } from "./field.ts";
import { bestOfDrawn, type Choices } from "./least-connections.ts";
import { inFlight, KEPT_SAMPLES } from "./loads.ts";
import { estimatesOf } from "./response-time.ts";

/**
 * The least cost: estimated response time × (requests in flight + 1) / weight (Finagle's and linkerd's peak EWMA), over every member, or
 * over `choices` drawn ones.
 */
export function leastResponseTime(field: Field, choices: Choices | undefined): Chooser {
  const { weights, loads, members, scores } = field;
  const estimates = estimatesOf(field);
  const cost = (i: number) => (estimates.of(i) * (inFlight(loads, i) + 1)) / (weights[i] as number);
  const drawn = typeof choices === "number" ? bestOfDrawn(field, choices, (a, b) => cost(b) < cost(a)) : undefined;
  const tie: Tie = { equals: 0, fewer: false };
  return {
    policy: "least_response_time",
    pick(request) {
      if (field.count === 0) return -1;
      estimates.at(request.at);
      const avoid = request.tried === undefined ? undefined : avoided(field, request);
      if (drawn === undefined) {
        for (let place = 0; place < field.count; place += 1) {
          const i = members[place] as number;
          scores[i] = -cost(i);
        }
        return greatest(field, avoid, tie);
      }
      const picked = drawn.pick(avoid);
      loads.last = picked;
      return picked;
    },
    values(request, i) {
      estimates.at(request.at);
      const samples = Math.min(loads.kept[i] as number, KEPT_SAMPLES);
      const seen = { samples, active: inFlight(loads, i), weight: weights[i] as number };
      // Nothing known of anybody is not told as a time. With no samples of its own it is the median of the others.
      if (Number.isNaN(loads.ewmaMs[i]) && Number.isNaN(estimates.medianMs())) return seen;
      return { latencyMs: estimates.of(i), ...seen, cost: cost(i) };
    },
    tie: () => tieText(tie),
    refresh() {
      refreshField(field);
      estimates.renew();
      drawn?.refresh();
    },
  };
}
