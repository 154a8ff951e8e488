import { earliestFirst } from "./earliest.ts";
import { avoided, type Chooser, type Field, greatest, refreshField, type Tie, tieText } from "./field.ts";
import { inFlight } from "./loads.ts";
import { drawUntried } from "./rotation.ts";
import { weightedDraw } from "./weighted-draw.ts";

/** How many are compared: so many drawn ones, or every one. */
export type Choices = number | "all";

/**
 * Fewest requests in flight: the greatest weight / (active + 1)^bias over every member, ties in turn; bias 0 is weighted round robin.
 * With a number of `choices` as Envoy's least_request: of equal weights the better of so many drawn ones, otherwise a schedule in
 * which a host's weight is that figure.
 */
export function leastConnections(field: Field, choices: Choices, bias: number): Chooser {
  const { weights, loads, members, scores } = field;
  const score = (i: number) => {
    const weight = weights[i] as number;
    if (bias === 1) return weight / (inFlight(loads, i) + 1);
    return weight / (inFlight(loads, i) + 1) ** bias;
  };
  const schedule = earliestFirst(field, score);
  const fewer = (a: number, b: number) => inFlight(loads, b) < inFlight(loads, a);
  const best = bestOfDrawn(field, choices === "all" ? 2 : choices, fewer);
  const tie: Tie = { equals: 0, fewer: false };
  return {
    policy: "least_connections",
    pick(request) {
      if (field.count === 0) return -1;
      const avoid = request.tried === undefined ? undefined : avoided(field, request);
      tie.equals = 0;
      if (choices === "all" && bias > 0) {
        for (let place = 0; place < field.count; place += 1) {
          const i = members[place] as number;
          scores[i] = score(i);
        }
        return greatest(field, avoid, tie);
      }
      const picked = field.equal && bias > 0 ? best.pick(avoid) : drawUntried(field, avoid, schedule.next);
      loads.last = picked;
      return picked;
    },
    values: (_request, i) => ({ active: inFlight(loads, i), weight: weights[i] as number, score: score(i) }),
    tie: () => tieText(tie),
    refresh() {
      if (refreshField(field)) schedule.restart();
      best.refresh();
    },
  };
}

/** Power of choices (Mitzenmacher 2001): of two drawn by weight the one with fewer requests in flight per weight. */
export function powerOfTwo(field: Field, choices: Choices | undefined): Chooser {
  const { weights, loads, members, scores } = field;
  const score = (i: number) => (weights[i] as number) / (inFlight(loads, i) + 1);
  const better = (a: number, b: number) =>
    field.equal ? inFlight(loads, b) < inFlight(loads, a) : score(b) > score(a);
  const best = bestOfDrawn(field, choices === "all" ? 2 : (choices ?? 2), better);
  const tie: Tie = { equals: 0, fewer: false };
  return {
    policy: "power_of_two",
    pick(request) {
      if (field.count === 0) return -1;
      const avoid = request.tried === undefined ? undefined : avoided(field, request);
      if (choices === "all") {
        for (let place = 0; place < field.count; place += 1) {
          const i = members[place] as number;
          scores[i] = score(i);
        }
        return greatest(field, avoid, tie);
      }
      const picked = best.pick(avoid);
      loads.last = picked;
      return picked;
    },
    values: (_request, i) => ({ active: inFlight(loads, i), weight: weights[i] as number, score: score(i) }),
    tie: () => tieText(tie),
    refresh() {
      refreshField(field);
      best.refresh();
    },
  };
}

/**
 * The best of `choices` drawn members; `beats(a, b)`: b is better than a. Two are drawn without putting back where weights are equal;
 * the first wins a tie.
 */
export function bestOfDrawn(field: Field, choices: number, beats: (a: number, b: number) => boolean) {
  const draws = weightedDraw(field);
  const { members, random } = field;
  return {
    refresh: draws.refresh,
    pick(avoid: readonly number[] | undefined): number {
      if (avoid === undefined && choices === 2 && field.equal && field.count > 1) {
        const place = Math.floor(random.next() * field.count);
        const other = Math.floor(random.next() * (field.count - 1));
        const first = members[place] as number;
        const second = members[other < place ? other : other + 1] as number;
        return beats(first, second) ? second : first;
      }
      let best = drawUntried(field, avoid, draws.draw);
      for (let drawn = 1; drawn < choices; drawn += 1) {
        const next = drawUntried(field, avoid, draws.draw);
        if (beats(best, next)) best = next;
      }
      return best;
    },
  };
}
