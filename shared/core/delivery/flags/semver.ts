/** A version by semver.org 2.0.0, without its build: numbers, then the parts of the pre-release. */
export interface Semver {
  readonly numbers: readonly [number, number, number];
  readonly pre: readonly string[];
}

const PATTERN =
  /^v?(0|[1-9]\d{0,15})(?:\.(0|[1-9]\d{0,15}))?(?:\.(0|[1-9]\d{0,15}))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Reads a version; a leading "v" and missing minor and patch (as 0) are let through. Undefined: it is none. */
export function parseSemver(text: string): Semver | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  return { numbers: [part(1), part(2), part(3)], pre: match[4]?.split(".") ?? [] };
}

/** Below 0: a comes before b; 0: they rank alike (builds do not count). */
export function compareSemver(a: Semver, b: Semver): number {
  for (let index = 0; index < 3; index += 1) {
    const difference = (a.numbers[index] as number) - (b.numbers[index] as number);
    if (difference !== 0) return difference;
  }
  // A release comes after its own pre-releases.
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (let index = 0; index < Math.min(a.pre.length, b.pre.length); index += 1) {
    const difference = comparePart(a.pre[index] as string, b.pre[index] as string);
    if (difference !== 0) return difference;
  }
  return a.pre.length - b.pre.length;
}

function comparePart(a: string, b: string): number {
  const [aNumber, bNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aNumber && bNumber) return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  if (aNumber !== bNumber) return aNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
