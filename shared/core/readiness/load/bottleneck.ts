import type { ResourceSample } from "./rows.ts";

export interface ResourceUse {
  readonly resource: string;
  /** Highest share of its limit, in five samples at a time the least of them: a peak is not a saturation. */
  readonly most: number;
  /** Second from which it was full and stayed so; undefined: never. */
  readonly fullFrom?: number;
}

export interface Bottleneck {
  /** Undefined: nothing that was looked at became full. */
  readonly resource?: string;
  readonly fullFrom?: number;
  readonly uses: readonly ResourceUse[];
  readonly why: string;
}

/** So many samples in a row, of which four fifths have to be full. */
const LOOKS = 5;
const STAYS = 0.8;
/** What becomes full later than this behind the break is its effect, seconds. */
const GRACE_S = 5;
/** What was full for longer than this before the break did not break it: seconds at least, and share of the time until then. */
const LEAD_S = 10;
const LEAD = 0.25;

/** Where a resource becomes full and stays so. */
function fullFrom(samples: readonly ResourceSample[]): number | undefined {
  const index = samples.findIndex((one, at) => {
    if (one.share < 1) return false;
    const next = samples.slice(at, at + LOOKS);
    return next.length >= 2 && next.filter(({ share }) => share >= 1).length / next.length >= STAYS;
  });
  return samples[index]?.second;
}

function useOf(resource: string, all: readonly ResourceSample[]): ResourceUse {
  const samples = [...all].sort((a, b) => a.second - b.second);
  const shares = samples.map(({ share }) => share);
  const runs = shares
    .map((_, at) => Math.min(...shares.slice(at, at + LOOKS)))
    .slice(0, Math.max(1, shares.length - LOOKS + 1));
  const full = fullFrom(samples);
  return {
    resource,
    most: runs.reduce((most, share) => Math.max(most, share), 0),
    ...(full === undefined ? {} : { fullFrom: full }),
  };
}

/** Sorts by when it became full; what was full all along comes behind what became full shortly before the break. */
function turnOf({ fullFrom: full }: ResourceUse, brokeAt: number | undefined): number {
  if (full === undefined) return Number.MAX_VALUE;
  const old = brokeAt !== undefined && full < brokeAt - Math.max(LEAD_S, LEAD * brokeAt);
  const late = brokeAt !== undefined && full > brokeAt + GRACE_S;
  return full + (late ? 2e9 : old ? 1e9 : 0);
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/**
 * Which resource was full first, before the objectives broke or with them. What was full long before, while they held, is named only where
 * nothing else was. Of several that became full in the same second the fuller one
 * is named. Shares are of limits, so what has no known limit cannot be named. `held`: the objectives held over the whole test; they can be broken
 * also where no second is known from which they stayed so.
 */
export function bottleneckOf(
  samples: readonly ResourceSample[],
  brokeAt: number | undefined,
  held = brokeAt === undefined,
): Bottleneck {
  const uses = [...Map.groupBy(samples, ({ resource }) => resource)]
    .map(([resource, all]) => useOf(resource, all))
    .sort((a, b) => turnOf(a, brokeAt) - turnOf(b, brokeAt) || b.most - a.most);
  const [first] = uses;
  if (!first) return { uses, why: "no resource was looked at: name the service, or give what to watch" };
  if (brokeAt === undefined) {
    const how = held ? "the objectives held throughout" : "the objectives broke, but from no second on for good";
    return { uses, why: `${how}; closest to its limit was ${first.resource} (${percent(first.most)})` };
  }
  if (first.fullFrom === undefined || first.fullFrom > brokeAt + GRACE_S)
    return {
      uses,
      why: `the objectives broke in second ${brokeAt}, and nothing that was looked at was full by then; closest was ${first.resource} (${percent(first.most)})`,
    };
  return {
    resource: first.resource,
    fullFrom: first.fullFrom,
    uses,
    why: `${first.resource} was full from second ${first.fullFrom} on, the objectives broke in second ${brokeAt}`,
  };
}
