import type { TraceContext } from "./telemetry.ts";

const hex = (random: () => number, digits: number): string => {
  let text = "";
  while (text.length < digits)
    text += Math.floor(random() * 0x100000000)
      .toString(16)
      .padStart(8, "0");
  text = text.slice(0, digits);
  // W3C Trace Context: all-zero ids are invalid.
  return /^0+$/.test(text) ? `${text.slice(1)}1` : text;
};

/** A new root context. */
export function newTrace(random: () => number): TraceContext {
  return { traceId: hex(random, 32), spanId: hex(random, 16), sampled: true };
}

/** A child of `parent`: same trace, new span. */
export function childOf(parent: TraceContext, random: () => number): TraceContext {
  return { ...parent, spanId: hex(random, 16) };
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
