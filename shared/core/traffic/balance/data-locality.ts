import type { Host, PickRequest } from "../types.ts";
import { avoided, type Chooser, type Field, greatest, refreshField, type Tie, tieText } from "./field.ts";
import { leastResponseTime } from "./least-response-time.ts";
import { freshenMean, inFlight } from "./loads.ts";
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
  const { loads, hosts, members, scores } = field;
  const seed = options.variant === "seed";
  const unit = options.responseUnit === "s" ? 1000 : 1;
  const estimates = estimatesOf(field);
  const fallback = leastResponseTime(field, undefined);
  const tie: Tie = { equals: 0, fewer: false };
  let fellBack = false;

  /** Into `scores`: what a function returned would be boxed. */
  const rate = (request: PickRequest, i: number) => {
    if (request.at > (loads.meanUntil[i] as number)) freshenMean(loads, i, request.at);
    const mean = loads.meanMs[i] as number;
    const response = Number.isNaN(mean) && !seed ? estimates.medianMs() : mean;
    // The platform keeps "none" as 0 and adds nothing for it.
    const unknown = Number.isNaN(response) || (seed && response === 0);
    const { tags, maxConnections } = (hosts[i] as Host).backend;
    scores[i] =
      PER_TAG * matching(request.tags, tags) +
      (inFlight(loads, i) < ROOM_SHARE * maxConnections ? FOR_ROOM : 0) +
      (unknown ? 0 : Math.max(0, RESPONSE_FROM - response / unit));
  };
  /** The platform without request data: the lowest average, none being 0. */
  const rateSeedFallback = (request: PickRequest, i: number) => {
    freshenMean(loads, i, request.at);
    const mean = loads.meanMs[i] as number;
    scores[i] = Number.isNaN(mean) ? 0 : -mean;
  };
  return {
    policy: "data_locality_aware",
    pick(request) {
      fellBack = request.tags === undefined;
      if (fellBack && !seed) return fallback.pick(request);
      estimates.at(request.at);
      for (let place = 0; place < field.count; place += 1) {
        if (fellBack) rateSeedFallback(request, members[place] as number);
        else rate(request, members[place] as number);
      }
      const avoid = request.tried === undefined ? undefined : avoided(field, request);
      return seed ? firstGreatest(field, avoid) : greatest(field, avoid, tie);
    },
    values(request, i) {
      if (request.tags === undefined && seed) {
        freshenMean(loads, i, request.at);
        const known = loads.meanMs[i] as number;
        return { averageMs: Number.isNaN(known) ? 0 : known };
      }
      if (request.tags === undefined) return fallback.values(request, i);
      estimates.at(request.at);
      rate(request, i);
      const mean = loads.meanMs[i] as number;
      const { tags, maxConnections } = (hosts[i] as Host).backend;
      return {
        score: scores[i] as number,
        matchingTags: matching(request.tags, tags),
        active: inFlight(loads, i),
        maxConnections,
        ...(!Number.isNaN(mean) && { averageMs: mean }),
      };
    },
    tie: () => (seed ? undefined : fellBack ? fallback.tie() : tieText(tie)),
    refresh() {
      refreshField(field);
      estimates.renew();
      fallback.refresh?.();
    },
  };
}

/** The first of the greatest, as the platform has it. */
function firstGreatest(field: Field, avoid: readonly number[] | undefined): number {
  const { members, scores, loads } = field;
  let best = -1;
  for (let place = 0; place < field.count; place += 1) {
    const i = members[place] as number;
    if (avoid?.includes(i)) continue;
    if (best < 0 || (scores[i] as number) > (scores[best] as number)) best = i;
  }
  if (best >= 0) loads.last = best;
  return best;
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
