/** Whole parts by version. */
export type Parts = Readonly<Record<string, number>>;

/** Most parts of one group, as application load balancers have it (0..999). */
export const MOST_PARTS = 999;

const own = (parts: Parts, name: string): number => (Object.hasOwn(parts, name) ? (parts[name] ?? 0) : 0);

const total = (parts: Parts): number => Object.values(parts).reduce((sum, part) => sum + part, 0);

/** Share 0..1 of a version; 0 where nothing is shared out. */
export function shareOf(parts: Parts, version: string): number {
  const sum = total(parts);
  return sum > 0 ? own(parts, version) / sum : 0;
}

/** Half of the smallest step that weights of 999 can tell apart. */
const STEP = 0.5 / MOST_PARTS;

/** Whether both share out the same: 50 and 50 is 1 and 1. A version that is missing has nothing. */
export function sameShares(a: Parts, b: Parts): boolean {
  if (total(a) > 0 !== total(b) > 0) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of names) {
    // Something is never the same as nothing, however little it is.
    if (own(a, name) > 0 !== own(b, name) > 0) return false;
    if (Math.abs(shareOf(a, name) - shareOf(b, name)) > STEP) return false;
  }
  return true;
}

/**
 * Shares as whole parts 0..999 of every version given: as they are where all are whole and small enough, else with the largest as 999. A share above zero
 * never becomes none: that would end a version that was to get a little.
 *
 * @returns undefined where nothing is shared out: no load balancer takes that
 */
export function partsOf(shares: Parts, versions: readonly string[]): Parts | undefined {
  const wanted = versions.map((version) => own(shares, version));
  const most = Math.max(0, ...wanted);
  if (!(most > 0) || !Number.isFinite(most)) return undefined;
  const whole = most <= MOST_PARTS && wanted.every((part) => Number.isInteger(part));
  const parts = whole
    ? wanted
    : wanted.map((part) => (part > 0 ? Math.max(1, Math.round((part / most) * MOST_PARTS)) : 0));
  return Object.fromEntries(versions.map((version, index) => [version, parts[index] ?? 0]));
}

/** A reason as the end of a clause; nothing where none was given. */
export const said = (why: string): string => (why === "" ? "" : `: ${why}`);

/** "v1 95 %, v2 5 %" for a sentence, in the order given. */
export function sharesText(parts: Parts, versions: readonly string[] = Object.keys(parts)): string {
  const percent = (share: number) => {
    const value = share * 100;
    return `${Number(value.toFixed(value > 0 && value < 1 ? 2 : 1))} %`;
  };
  return versions.map((version) => `${version} ${percent(shareOf(parts, version))}`).join(", ") || "nothing";
}
