import { hash64 } from "../../kernel/hash.ts";
import { type Labels, setLabel } from "../../kernel/labels.ts";

/** Labels an event may bring along, beside those that Headgate gives it. */
const MOST_LABELS = 32;
const LONGEST_VALUE = 512;
const LONGEST_TEXT = 2_048;

/** A name that Prometheus takes: letters, digits and `_`, no digit first. */
export function labelName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_]/g, "_").slice(0, 100);
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** A value of bounded length. One that is cut ends in a hash of the whole, so that two of them stay apart. */
export function labelValue(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= LONGEST_VALUE
    ? whole
    : `${whole.slice(0, LONGEST_VALUE - 17).toWellFormed()}~${hash64(whole)}`;
}

/** Text for people, cut where it is too long. */
export const annotationText = (text: string): string => {
  const whole = text.toWellFormed();
  return whole.length <= LONGEST_TEXT ? whole : `${whole.slice(0, LONGEST_TEXT - 1).toWellFormed()}…`;
};

type Pairs = Readonly<Record<string, string | undefined>>;

/** What is there of the pairs, first come first kept: names made valid, values bounded, empty ones left out. */
export function sourceLabels(own: Pairs, brought: Pairs = {}): Labels {
  const labels: Record<string, string> = {};
  const extra = Object.entries(brought).slice(0, MOST_LABELS);
  for (const [given, value] of [...Object.entries(own), ...extra]) {
    const name = labelName(given);
    if (value && name !== "" && !Object.hasOwn(labels, name)) setLabel(labels, name, labelValue(value));
  }
  return labels;
}

/** Annotations of what is there. */
export function sourceAnnotations(pairs: Pairs): Labels {
  const entries = Object.entries(pairs).flatMap(([name, value]) => (value ? [[name, annotationText(value)]] : []));
  return Object.fromEntries(entries);
}

const HINTS = /\[((?:\s*[A-Za-z_][A-Za-z0-9_]*=[^\s\]]+)+)\s*\]/;
const RESERVED: ReadonlySet<string> = new Set(["alertname", "source", "region", "account"]);

/** Labels that a person wrote into a description, in square brackets: `Lag is high [severity=page service=orders]`. */
export function hintsOf(description: string): Readonly<Record<string, string>> {
  const pairs = (HINTS.exec(description)?.[1] ?? "").trim().split(/\s+/);
  const found = pairs.flatMap((pair) => {
    const at = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, at));
    return at <= 0 || RESERVED.has(name) ? [] : [[name, pair.slice(at + 1)] as const];
  });
  return Object.fromEntries(found);
}
