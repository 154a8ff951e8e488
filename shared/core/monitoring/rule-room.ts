import { canonical, type Json } from "../kernel/json.ts";
import type { Labels } from "../kernel/labels.ts";
import type { ActiveAlert, ActiveAlerts, SeenAlert } from "./alert-state.ts";

/** More alerts than this are not held by one rule. */
const MOST_ALERTS = 1_000;
/**
 * Bytes of alerts in one state. A claimed item holds the state three times (now, before and after in the record), what is sent
 * twice and the input once, and has 390 KB.
 */
export const ALERT_BYTES = 56_000;
/** Instants, state and punctuation of one alert. */
const OVERHEAD_BYTES = 150;
/** Annotations of an alert have at least so much room, and at most. */
const LEAST_TEXT_BYTES = 200;
const MOST_TEXT_BYTES = 4_000;

/** UTF-8 bytes of a text as JSON, rather too many than too few. */
function bytesOf(value: Json): number {
  const text = canonical(value);
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) bytes += 2;
  return bytes;
}

const bytesOfKnown = ({ labels, annotations }: ActiveAlert): number =>
  OVERHEAD_BYTES + bytesOf(labels) + Math.max(LEAST_TEXT_BYTES, annotations ? bytesOf(annotations) : 0);

/** Annotations within so many bytes; a longer text ends in "…". */
function shortened(annotations: Labels, room: number): Labels {
  const bytes = bytesOf(annotations);
  if (bytes <= room) return annotations;
  const entries = Object.entries(annotations);
  const perUnit = bytes / canonical(annotations).length;
  const frame = entries.reduce((sum, [name]) => sum + name.length + 6, 2);
  const each = Math.max(20, Math.floor((room / perUnit - frame) / entries.length) - 2);
  return Object.fromEntries(
    entries.map(([name, text]) => [name, text.length <= each ? text : `${text.slice(0, each - 1).toWellFormed()}…`]),
  );
}

export interface Roomy {
  readonly seen: ReadonlyMap<string, SeenAlert>;
  /** New alerts there was no room for. */
  readonly untracked: number;
}

/**
 * What of `seen` one rule can hold: all it has already, and new ones in their order while there is room. An outage with
 * thousands of alerts sends the first hundreds instead of none.
 */
export function roomFor(before: ActiveAlerts, seen: ReadonlyMap<string, SeenAlert>): Roomy {
  let bytes = 0;
  let count = 0;
  for (const [key, alert] of Object.entries(before)) {
    if (alert.state === "resolved" && seen.has(key)) continue;
    bytes += bytesOfKnown(alert);
    count += 1;
  }
  const held = new Map<string, SeenAlert>();
  let untracked = 0;
  for (const [key, alert] of seen) {
    const known = before[key];
    if (!known || known.state === "resolved") {
      const size = OVERHEAD_BYTES + bytesOf(alert.labels) + LEAST_TEXT_BYTES;
      if (count >= MOST_ALERTS || bytes + size > ALERT_BYTES) {
        untracked += 1;
        continue;
      }
      bytes += size;
      count += 1;
    }
    held.set(key, alert);
  }
  const spare = Math.floor((ALERT_BYTES - bytes) / Math.max(1, count));
  const room = Math.min(MOST_TEXT_BYTES, LEAST_TEXT_BYTES + Math.max(0, spare));
  for (const [key, alert] of held) {
    held.set(key, { ...alert, annotations: () => shortened(alert.annotations(), room) });
  }
  return { seen: held, untracked };
}
