import { murmur3 } from "../../kernel/murmur3.ts";

/** Shares are cut to thousandths of a percent. */
export const BUCKETS = 100_000;

/**
 * What a flag's keys are hashed with: its own, so that flags divide the same people independently. Flags with one `salt` and the same
 * name divide alike everywhere.
 */
export const seedOf = (salt: string, flag: string): number => murmur3(`${salt}/${flag}`, 0);

/** Place of a key, 0 … 99,999: murmur3_32(key, seed) × 100,000 / 2^32, rounded down. */
export const bucketOf = (key: string, seed: number): number =>
  Math.floor((murmur3(key, seed) * BUCKETS) / 4_294_967_296);
