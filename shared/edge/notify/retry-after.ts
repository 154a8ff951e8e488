import { type DurationMs, type Millis, SECOND_MS } from "../../core/kernel/time.ts";

/** A receiver that asks for more than a day has no place in an alert's life. */
const MOST_MS = 86_400_000;

/** `Retry-After` as seconds or as a date (RFC 9110, 10.2.3), in ms from now; undefined when it says neither. */
export function retryAfter(value: string | undefined, now: Millis): DurationMs | undefined {
  const text = value?.trim() ?? "";
  if (text === "") return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(MOST_MS, Math.ceil(Number(text) * SECOND_MS));
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(MOST_MS, Math.max(0, at - now));
}
