/** How a parallelism is rounded where records are spread over key groups or partitions. */
export type Alignment = "balanced" | "evenly-spread" | "off";

/**
 * The first parallelism from `target` upward that spreads `shares` (key groups or partitions) better: one that divides them, or
 * (balanced) one whose busiest subtask has fewer. A scale-in is rounded up to the current value at the most. Without any, the target.
 *
 * @param limit largest parallelism that may be returned
 */
export function align(
  target: number,
  shares: number,
  mode: Alignment,
  { current, limit }: { readonly current: number; readonly limit: number },
): number {
  if (mode === "off" || !(shares >= 1) || target > shares) return target;
  const most = Math.min(shares, limit, target < current ? current : Number.POSITIVE_INFINITY);
  const each = Math.floor(shares / target);
  for (let p = target; p <= most; p += 1) {
    if (shares % p === 0) return p;
    if (mode === "balanced" && Math.floor(shares / p) < each) return p;
  }
  return target;
}
