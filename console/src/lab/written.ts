/** A length of time as headgate.yaml has it: "90s", "5m", "1h". */
export function spanText(ms: number): string {
  for (const [size, unit] of [
    [3_600_000, "h"],
    [60_000, "m"],
    [1000, "s"],
  ] as const)
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}

/** Seconds of a length of time such as "90s" or "5m"; undefined where it is none. */
export function spanSeconds(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)(ms|s|m|h|d)$/u.exec(text) ?? [];
  const size = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }[unit];
  return text === "0" ? 0 : count === undefined || size === undefined ? undefined : Number(count) * size;
}

/** Members that are lengths of time wherever they stand in a section. The API shows them in milliseconds and takes them as texts. */
const SPAN_NAMES = new Set(
  "drain window stabilization period wait catchUp after maxAge startDelay history every cooldown".split(" "),
);

/** A section as the API shows it, as it may be written again. */
export function writable(shown: unknown, name = ""): unknown {
  if (Array.isArray(shown)) return shown.map((one) => writable(one));
  if (typeof shown === "number" && SPAN_NAMES.has(name)) return spanText(shown);
  if (typeof shown !== "object" || shown === null) return shown;
  const isEvent = "factor" in shown && "from" in shown;
  return Object.fromEntries(
    Object.entries(shown).map(([key, value]) => {
      if (isEvent && typeof value === "number" && (key === "from" || key === "to"))
        return [key, new Date(value).toISOString()];
      return [key, writable(value, name === "cooldown" ? name : key)];
    }),
  );
}
