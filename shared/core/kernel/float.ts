/**
 * Numbers as Prometheus writes them in its API and its exposition formats: `NaN`, `+Inf` and `-Inf` beside the shortest decimal
 * text that reads back as the same number. Records and states are JSON, which knows none of the three: measured values that
 * may be any float travel through them as such texts.
 */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Reads what {@link floatText} (or Go's strconv) wrote; undefined for anything that is no number. */
export function parseFloatText(text: string): number | undefined {
  switch (text) {
    case "NaN":
      return Number.NaN;
    case "+Inf":
    case "Inf":
      return Infinity;
    case "-Inf":
      return -Infinity;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined;
  return Number(text);
}
