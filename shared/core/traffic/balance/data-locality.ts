import type { PickRequest } from "../types.ts";
import { avoided, type Chooser, type Field, greatest, refreshField, type Tie, tieText } from "./field.ts";
import { leastResponseTime } from "./least-response-time.ts";
import { inFlight, meanMs } from "./loads.ts";
import { estimatesOf } from "./response-time.ts";

/** The platform's figures: per matching tag, for room, and what the average response is taken off. */
const PER_TAG = 10;
const FOR_ROOM = 5;
const ROOM_SHARE = 0.8;
const RESPONSE_FROM = 10;

export interface LocalityOptions {
  /** Unit of the average response in the score. */
  readonly responseUnit: "ms" | "s";
  /** `seed`: an unknown response adds nothing, ties go to the first, and without request data the lowest average wins, none being 0. */
  readonly variant: "default" | "seed";
}

/**
 * Where the data is: 10 × matching tags + 5 if in flight < 0.8 × max + max(0, 10 − average response). An unknown response counts as the
 * median of the known ones; a maximum of 0 is unknown and gives nothing for room. Without request data the least response time.
 */
export function dataLocalityAware(field: Field, options: LocalityOptions): Chooser {
  const { loads, hosts } = field;
  const seed = options.variant === "seed";
  const unit = options.responseUnit === "s" ? 1000 : 1;
  const estimates = estimatesOf(field);
  const fallback = leastResponseTime(field, undefined);
  const tie: Tie = { equals: 0, fewer: false };
  let last: "score" | "fallback" = "score";

  const speed = (i: number, at: number) => {
    const mean = meanMs(loads, i, at);
    const known = Number.isNaN(mean) && !seed ? estimates.medianMs() : mean;
    // The platform keeps "none" as 0 and adds nothing for it.
    if (Number.isNaN(known) || (seed && known === 0)) return 0;
    return Math.max(0, RESPONSE_FROM - known / unit);
  };
  const hasRoom = (i: number) => inFlight(loads, i) < ROOM_SHARE * (hosts[i]?.backend.maxConnections ?? 0);
  const scoreOf = (request: PickRequest, i: number) =>
    PER_TAG * matching(request.tags, hosts[i]?.backend.tags) + (hasRoom(i) ? FOR_ROOM : 0) + speed(i, request.at);

  let asked: PickRequest | undefined;
  const score = (i: number) => scoreOf(asked as PickRequest, i);
  const pickFirst = (request: PickRequest, its: (i: number) => number) => {
    const avoid = avoided(field, request);
    let best = -1;
    let bestScore = 0;
    for (let place = 0; place < field.count; place += 1) {
      const i = field.members[place] as number;
      if (avoid?.includes(i)) continue;
      const value = its(i);
      if (best >= 0 && value <= bestScore) continue;
      best = i;
      bestScore = value;
    }
    loads.last = best;
    return best;
  };
  const soonest = (i: number) => {
    const mean = meanMs(loads, i, (asked as PickRequest).at);
    return Number.isNaN(mean) ? 0 : -mean;
  };
  return {
    policy: "data_locality_aware",
    pick(request) {
      last = request.tags === undefined ? "fallback" : "score";
      if (!seed && last === "fallback") return fallback.pick(request);
      if (field.count === 0) return -1;
      asked = request;
      estimates.at(request.at);
      const picked = seed
        ? pickFirst(request, last === "fallback" ? soonest : score)
        : greatest(field, avoided(field, request), score, tie);
      asked = undefined;
      return picked;
    },
    values(request, i) {
      if (request.tags === undefined) return fallback.values(request, i);
      estimates.at(request.at);
      const mean = meanMs(loads, i, request.at);
      return {
        score: scoreOf(request, i),
        matchingTags: matching(request.tags, hosts[i]?.backend.tags),
        active: inFlight(loads, i),
        maxConnections: hosts[i]?.backend.maxConnections ?? 0,
        ...(!Number.isNaN(mean) && { averageMs: mean }),
      };
    },
    tie: () => (seed ? undefined : last === "fallback" ? fallback.tie() : tieText(tie)),
    refresh() {
      refreshField(field);
      fallback.refresh?.();
    },
  };
}

/** Different tags of the request that the host has too. */
function matching(asked: readonly string[] | undefined, has: readonly string[] | undefined): number {
  if (asked === undefined || has === undefined || has.length === 0) return 0;
  let count = 0;
  for (let index = 0; index < asked.length; index += 1) {
    const tag = asked[index] as string;
    if (has.includes(tag) && asked.indexOf(tag) === index) count += 1;
  }
  return count;
}
