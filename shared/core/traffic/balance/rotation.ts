import { avoided, type Chooser, type Field, placeAfter, refreshField } from "./field.ts";
import { inFlight } from "./loads.ts";
import { weightedDraw } from "./weighted-draw.ts";

/** Each member in turn, in the order of ids; after a change of members it goes on behind the host picked last. */
export function roundRobin(field: Field): Chooser {
  const { members, loads } = field;
  let next = placeAfter(field, loads.last);
  let last = loads.last;
  return {
    policy: "round_robin",
    pick(request) {
      if (field.count === 0) return -1;
      if (next >= field.count) next = 0;
      let picked = members[next] as number;
      if (request.tried !== undefined) {
        const avoid = avoided(field, request);
        while (avoid?.includes(picked)) {
          next = next + 1 < field.count ? next + 1 : 0;
          picked = members[next] as number;
        }
      }
      next += 1;
      last = picked;
      loads.last = picked;
      return picked;
    },
    values: (_request, i) => ({ weight: field.weights[i] as number, active: inFlight(loads, i) }),
    tie: () => undefined,
    refresh() {
      if (refreshField(field)) next = placeAfter(field, last);
    },
  };
}

/** Any member, by weight. */
export function randomly(field: Field): Chooser {
  const draws = weightedDraw(field);
  return {
    policy: "random",
    pick(request) {
      if (field.count === 0) return -1;
      const picked = drawUntried(field, request.tried === undefined ? undefined : avoided(field, request), draws.draw);
      field.loads.last = picked;
      return picked;
    },
    values: (_request, i) => ({ weight: field.weights[i] as number, active: inFlight(field.loads, i) }),
    tie: () => undefined,
    refresh() {
      refreshField(field);
      draws.refresh();
    },
  };
}

/** Draws until one is not to be avoided; after some draws in vain (all the weight lies on one that is) the next in turn. */
export function drawUntried(field: Field, avoid: readonly number[] | undefined, draw: () => number): number {
  let picked = draw();
  if (avoid === undefined) return picked;
  for (let attempt = 0; attempt < 16 && avoid.includes(picked); attempt += 1) picked = draw();
  let place = placeAfter(field, picked);
  while (avoid.includes(picked)) {
    picked = field.members[place] as number;
    place = place + 1 < field.count ? place + 1 : 0;
  }
  return picked;
}
