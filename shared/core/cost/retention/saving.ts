import { type Decimal, divide, fromNumber, isZero, multiply, round } from "../decimal.ts";
import { segmentSpan } from "./kept.ts";
import type { StoragePrice, TopicFacts } from "./types.ts";

/** AWS counts a GB of storage as 2^30 bytes. */
const GB = fromNumber(1_073_741_824);
/** Fraction digits of money a month that is worked out here: what it is made from is measured, not billed. */
const DIGITS = 4;

/** What so many bytes of all replicas cost in a month. */
export function monthlyCost(bytes: number, price: StoragePrice, replicationFactor: number): Decimal {
  const paid = price.ofOneCopy ? bytes / Math.max(1, replicationFactor) : bytes;
  const gb = divide(fromNumber(Math.max(0, Math.round(paid))), GB, 12) as Decimal;
  const exact = multiply(gb, price.perGbMonth);
  const rounded = round(exact, DIGITS);
  // Little is not nothing.
  return isZero(rounded) ? exact : rounded;
}

/**
 * Bytes of all replicas that a retention of `ms` would not keep: those of records that are older now, less the half segment that stays above it on
 * average. Absent where sizes or ages are not known.
 *
 * @param olderBytes measured, where it could be: bytes of records older than `ms`
 */
export function savedBytes(facts: TopicFacts, ms: number, olderBytes?: number): number | undefined {
  const { storedBytes, oldestMs } = facts;
  if (storedBytes === undefined) return undefined;
  if (olderBytes === undefined && oldestMs === undefined) return undefined;
  const older = olderBytes ?? (storedBytes * Math.max(0, (oldestMs ?? 0) - ms)) / Math.max(1, oldestMs ?? 0);
  const perMs = oldestMs ? storedBytes / oldestMs : 0;
  return Math.max(0, Math.min(storedBytes, older - (perMs * segmentSpan(facts)) / 2));
}
