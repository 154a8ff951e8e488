import type { TrafficServiceSummary } from "../../functions/api/views-traffic.ts";

/** Counts of a gateway at an instant of the control plane's clock; they only grow. */
interface Seen {
  readonly at: number;
  readonly arrived: number;
  readonly failed: number;
}

export interface Rate {
  /** Per real second. */
  readonly requests: number;
  /** Of what arrived meanwhile, 0..1; undefined where nothing did. */
  readonly failing: number | undefined;
}

const SHORTEST_MS = 900;
const LONGEST_MS = 10_000;

/** What happened between two looks; undefined where they are too close, or counting began anew between them. */
export function rateBetween(before: Seen, after: Seen, speed: number): Rate | undefined {
  const ms = (after.at - before.at) / speed;
  const arrived = after.arrived - before.arrived;
  if (ms < SHORTEST_MS || arrived < 0 || after.failed < before.failed) return undefined;
  return {
    requests: (arrived / ms) * 1000,
    failing: arrived === 0 ? undefined : Math.min(1, (after.failed - before.failed) / arrived),
  };
}

interface Kept {
  readonly base: Seen;
  readonly last: Seen;
  readonly rate: Rate | undefined;
}

/** By service; kept over pages, so that going from the list to a service shows it at once. */
const known = new Map<string, Kept>();

/**
 * What a gateway's counts have grown by lately, per real second; undefined until there are two looks to compare.
 *
 * @param speed of the control plane's clock
 */
export function rateOf({ service, gateway }: TrafficServiceSummary, speed: number): Rate | undefined {
  if (gateway === undefined) return undefined;
  const { at, arrived, failed } = gateway;
  const now = { at, arrived, failed };
  const before = known.get(service);
  if (before !== undefined && at <= before.last.at) return before.rate;
  const begun = before === undefined || arrived < before.last.arrived;
  const base = begun ? now : (now.at - before.base.at) / speed > LONGEST_MS ? before.last : before.base;
  // Right after the base has moved there may be too little between: what was known still holds.
  const rate = begun ? undefined : (rateBetween(base, now, speed) ?? before.rate);
  known.set(service, { base, last: now, rate });
  return rate;
}
