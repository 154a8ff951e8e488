import type { TraceContext } from "./telemetry.ts";

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Random hex digits, in words of eight. By table: a stream makes two ids for each of its events. */
const hex = (random: () => number, words: number): string => {
  let text = "";
  let any = 0;
  for (let i = 0; i < words; i += 1) {
    const word = Math.floor(random() * 0x100000000);
    any |= word;
    text += `${BYTES[word >>> 24]}${BYTES[(word >>> 16) & 255]}${BYTES[(word >>> 8) & 255]}${BYTES[word & 255]}`;
  }
  // W3C Trace Context: all-zero ids are invalid.
  return any === 0 ? `${text.slice(1)}1` : text;
};

/** A new root context. */
export function newTrace(random: () => number): TraceContext {
  return { traceId: hex(random, 4), spanId: hex(random, 2), sampled: true };
}

/** A child of `parent`: same trace, new span. */
export function childOf(parent: TraceContext, random: () => number): TraceContext {
  return { ...parent, spanId: hex(random, 2) };
}

/**
 * Reads a W3C `traceparent` header (https://www.w3.org/TR/trace-context/, version 00; later versions are read by their
 * first four fields). Undefined where it is malformed: then a new trace starts, as the specification asks.
 */
export function parseTraceparent(header: string | null | undefined): TraceContext | undefined {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header?.trim() ?? "");
  if (!match) return undefined;
  const [, version, traceId, spanId, flags, rest] = match;
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Writes the `traceparent` header of a context. */
export function traceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? "01" : "00"}`;
}
