/** Milliseconds since the Unix epoch (an instant). */
export type Millis = number;

/** A length of time in milliseconds. */
export type DurationMs = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
  y: 365 * DAY_MS,
};

/**
 * Reads a duration in Prometheus notation ("90s", "1h30m", "2d"); a bare number is refused, because nobody can tell its unit.
 * Returns undefined where the text is no duration. Grammar: prometheus/common model.ParseDuration.
 */
export function parseDuration(text: string): DurationMs | undefined {
  if (text === "0") return 0;
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (!match || text === "") return undefined;
  const order = ["y", "w", "d", "h", "m", "s", "ms"] as const;
  const total = order.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * (UNITS[unit] ?? 0), 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** Writes a duration the way people say it: "45 s", "5 min", "1 h 30 min", "2 d 3 h". Two parts at the most. */
export function formatDuration(ms: DurationMs): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / SECOND_MS) * SECOND_MS;
  for (const [unit, name] of [
    [DAY_MS, "d"],
    [HOUR_MS, "h"],
    [MINUTE_MS, "min"],
    [SECOND_MS, "s"],
  ] as const) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

/** A date of the Gregorian calendar from days since 1970-01-01 (civil-from-days, H. Hinnant): core has no `Date`. */
export function civilFromDays(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

/** ISO 8601 in UTC with milliseconds. */
export function iso(at: Millis): string {
  const days = Math.floor(at / DAY_MS);
  const inDay = at - days * DAY_MS;
  const { year, month, day } = civilFromDays(days);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(inDay / HOUR_MS);
  const minutes = Math.floor((inDay % HOUR_MS) / MINUTE_MS);
  const seconds = Math.floor((inDay % MINUTE_MS) / SECOND_MS);
  const millis = String(Math.floor(inDay % SECOND_MS)).padStart(3, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hours)}:${two(minutes)}:${two(seconds)}.${millis}Z`;
}
