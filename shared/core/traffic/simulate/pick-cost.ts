import type { PickRequest } from "../types.ts";
import type { KeyHashes } from "./moved.ts";
import { BEGIN } from "./queue.ts";

/** Many short measurements: the fastest one is least disturbed by others, and a short one often is not at all. */
export const ROUNDS = 20;

/**
 * What one pick costs, in nanoseconds: the fastest of several rounds over keys whose hashes are known (a request is hashed once, however
 * often it is tried). `nowMs` is a clock with fractions.
 */
export function nsPerPick(
  picker: { pick(request: PickRequest): number },
  keys: KeyHashes,
  nowMs: () => number,
  options: { readonly picks?: number; readonly tags?: readonly string[] | undefined } = {},
): number {
  const picks = options.picks ?? 50_000;
  const request: PickRequest = { at: BEGIN, hashed: true, hashHigh: 0, hashLow: 0, tags: options.tags };
  let best = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = nowMs();
    for (let index = 0, key = 0; index < picks; index += 1) {
      request.hashHigh = keys.high[key] as number;
      request.hashLow = keys.low[key] as number;
      sum += picker.pick(request);
      key = key + 1 === keys.size ? 0 : key + 1;
    }
    best = Math.min(best, nowMs() - from);
  }
  // The sum is used, so that no compiler leaves the picks out.
  return sum === Number.POSITIVE_INFINITY ? Number.NaN : (best * 1_000_000) / picks;
}
