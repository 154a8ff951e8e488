import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, parseDuration, SECOND_MS } from "./time.ts";

/** Prometheus counts durations in 64-bit nanoseconds; longer ones (292 years) are refused there as "out of range". */
const MAX_MS = 9_223_372_036_854;

/** Reads a duration as Prometheus files write it ("30s", "1h30m", "0"); undefined where the text is none. Grammar: prometheus/common model.ParseDuration. */
export function parsePromDuration(text: string): DurationMs | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms <= MAX_MS ? ms : undefined;
}

/** Writes a duration as Prometheus does: "1h30m", "45s", "1d", "36h"; years, weeks and days only where nothing is left over. */
export function formatPromDuration(ms: DurationMs): string {
  if (ms < 0) return `-${formatPromDuration(-ms)}`;
  if (ms === 0) return "0s";
  let rest = Math.round(ms);
  let text = "";
  for (const [unit, size, exact] of [
    ["y", 365 * DAY_MS, true],
    ["w", 7 * DAY_MS, true],
    ["d", DAY_MS, true],
    ["h", HOUR_MS, false],
    ["m", MINUTE_MS, false],
    ["s", SECOND_MS, false],
    ["ms", 1, false],
  ] as const) {
    if (exact && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
