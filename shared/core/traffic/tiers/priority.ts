/** What is known of one priority level. Hosts that are draining are counted nowhere: they are on their way out. */
export interface LevelCount {
  /** Hosts that may take requests. */
  readonly healthy: number;
  readonly total: number;
  /** Hosts that could take requests in a panic; `total` unless given. */
  readonly pickable?: number;
}

export interface PriorityLoads {
  /** Percent of the requests for each level: together 100, or all 0 where no host may take any. */
  readonly shares: readonly number[];
  /** Levels whose hosts are all used, well or not, because too few are well. */
  readonly panic: readonly boolean[];
  /** All levels are in panic: shares follow the numbers of hosts. */
  readonly totalPanic: boolean;
  /** min(100, overprovisioning × healthy / total) of each level, whole percent. */
  readonly health: readonly number[];
  /** Sum of `health`, at most 100. Below 100 there may be panic. */
  readonly available: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Whole-number division, as the original computes. `overprovisioning` and `panic` are percent. */
function healthOf(level: LevelCount, overprovisioning: number): number {
  if (level.total <= 0) return 0;
  return Math.min(100, Math.floor((overprovisioning * level.healthy) / level.total));
}

/** Shares by host numbers; what rounding leaves goes to the first level with hosts. */
function byHosts(levels: readonly LevelCount[]): number[] {
  const counts = levels.map((level) => level.pickable ?? level.total);
  const all = sum(counts);
  if (all === 0) return counts.map(() => 0);
  const shares = counts.map((count) => Math.floor((100 * count) / all));
  const first = counts.findIndex((count) => count > 0);
  shares[first] = (shares[first] ?? 0) + 100 - sum(shares);
  return shares;
}

/** Fills the levels in order up to what each can take of 100; what rounding leaves goes to the first that can take any. */
function byHealth(health: readonly number[], available: number): number[] {
  let left = 100;
  const shares = health.map((one) => {
    const share = Math.min(left, Math.floor((one * 100) / available));
    left -= share;
    return share;
  });
  const first = health.findIndex((one) => one > 0);
  shares[first] = (shares[first] ?? 0) + left;
  return shares;
}

/**
 * Share of the requests for each priority level, and which levels are in panic (Envoy's rule, in its whole-number arithmetic).
 * Panic exists only while the levels together cannot take 100 %, and only in levels with fewer healthy than `panic` percent: exactly
 * the threshold is no panic, and a threshold of 0 never is.
 */
export function priorityLoads(
  levels: readonly LevelCount[],
  { overprovisioning, panic: threshold }: { readonly overprovisioning: number; readonly panic: number },
): PriorityLoads {
  const health = levels.map((level) => healthOf(level, overprovisioning));
  const available = Math.min(100, sum(health));
  const panic = levels.map(
    ({ healthy, total }) => available < 100 && (total > 0 ? (100 * healthy) / total : 0) < Math.min(100, threshold),
  );
  const totalPanic = levels.length > 0 && panic.every(Boolean);
  const shares = totalPanic ? byHosts(levels) : available === 0 ? levels.map(() => 0) : byHealth(health, available);
  return { shares, panic, totalPanic, health, available };
}
