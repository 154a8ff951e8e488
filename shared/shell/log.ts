import type { LogFields } from "./telemetry.ts";

export type Level = "debug" | "info" | "warn" | "error";
export const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];

/** Names of fields that may carry a secret; their values are replaced. */
const SECRET = /pass|secret|token|authorization|api_?key|credential|cookie/i;
const MAX_TEXT = 4_000;

const plain = (name: string, value: unknown, depth: number): unknown => {
  if (SECRET.test(name) && value !== undefined && value !== null && typeof value !== "boolean") return "[redacted]";
  if (value instanceof Error) {
    return { name: value.name, message: value.message, ...("code" in value ? { code: value.code } : {}) };
  }
  if (typeof value === "string") return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value !== "object") return value;
  if (depth >= 6) return "[deep]";
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => plain(name, item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(key, member, depth + 1)]));
};

/** One JSON line. Never throws: a log line that cannot be written as asked is written without its fields. */
export function logLine(at: string, level: Level, message: string, fields: LogFields): string {
  try {
    const safe = plain("", fields, 0) as Record<string, unknown>;
    return JSON.stringify({ at, level, message: message.slice(0, MAX_TEXT), ...safe });
  } catch {
    return JSON.stringify({ at, level, message: message.slice(0, MAX_TEXT), fields: "[unwritable]" });
  }
}
