import type { OpenAnomaly, Seen } from "./types.ts";

/** A measured value as people read it: three significant digits, no exponent where none is needed. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2);
  return String(Number(size >= 1_000 ? value.toFixed(0) : value.toPrecision(3)));
}

/** "480 ms", "12 %", "0.25". */
export function measured(value: number, unit?: string): string {
  const sign = unit === "percent" ? " %" : unit === undefined || unit === "none" || unit === "ratio" ? "" : ` ${unit}`;
  return `${figure(value)}${sign}`;
}

/** "expected 90 to 140 ms", or nothing where nothing was expected. */
export function expectedText(low: number | undefined, high: number | undefined, unit?: string): string | undefined {
  if (low === undefined || high === undefined) return undefined;
  return low === high ? `expected ${measured(low, unit)}` : `expected ${figure(low)} to ${measured(high, unit)}`;
}

/** The channels and rules of the detectors as people name them; one that is not listed is told by its own name. */
const KINDS: Readonly<Record<string, string>> = {
  record: "further out than anything seen before",
  seasonal: "unusual for the time of day",
  weekly: "unusual for the time of the week",
  context: "unusual after the last hours",
  drift: "a slow drift",
  flatline: "hardly moves any more",
  shift: "a new level",
  jump_off_constant: "a jump off a constant value",
  response_time_anomaly: "a response time off its mean",
  throughput_anomaly: "a throughput off its mean",
  error_rate_anomaly: "an error rate above its limit",
  resource_anomaly: "use of resources above its limit",
  unusual: "unusual",
};

export const kindText = (kind: string): string =>
  Object.hasOwn(KINDS, kind) ? (KINDS[kind] as string) : kind.replaceAll(/[-_]/g, " ");

export const scoreText = (score: number): string => score.toFixed(score > 0.995 && score < 1 ? 4 : 2);

/** "latency rose to 480 ms, expected 90 to 140 ms (a new level, score 0.93)"; what is odd inside its band is told as such. */
export function anomalyText(signal: string, open: Omit<OpenAnomaly, "lastAt" | "alarms">, unit?: string): string {
  const verb = open.movement === "changed" ? "is" : `${open.movement} to`;
  const { value, low, high } = open;
  const isInside = low !== undefined && high !== undefined && low < high && value >= low && value <= high;
  const expected = expectedText(low, high, unit)?.replace(
    /^expected/,
    isInside ? "inside of the expected" : "expected",
  );
  const why = `(${kindText(open.kind)}, score ${scoreText(open.peak)})`;
  return [`${signal} ${verb} ${measured(open.value, unit)}`, expected].filter(Boolean).join(", ").concat(` ${why}`);
}

/** One point in words, for charts and the command line. */
export function pointText(value: number, seen: Seen, unit?: string): string {
  const expected = expectedText(seen.expected?.low, seen.expected?.high, unit) ?? "nothing is expected yet";
  const kind = seen.score > 0 && seen.kind !== undefined ? `, ${kindText(seen.kind)}` : "";
  return `${measured(value, unit)}, ${expected}${kind}, score ${scoreText(seen.score)}${seen.learning ? ", still learning" : ""}`;
}
