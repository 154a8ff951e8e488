import type { DecisionSummary } from "../functions/api/views.ts";
import { formatDuration, iso } from "../shared/core/kernel/time.ts";
import { plain, table } from "./io.ts";

/** "3 min ago", or "in 2 h" for what lies ahead. */
export function ago(at: number, now: number): string {
  return at > now ? `in ${formatDuration(at - now)}` : `${formatDuration(now - at)} ago`;
}

/** An instant without its milliseconds. */
export const stamp = (at: number): string => iso(at).replace(/\.\d{3}Z$/, "Z");

/** A number as people read it: at most one digit after the point. */
export const number = (value: number): string => (Number.isInteger(value) ? `${value}` : value.toFixed(1));

/** Decisions as lines: time, service, what happened. */
export function decisionLines(items: readonly DecisionSummary[]): readonly string[] {
  if (items.length === 0) return ["no decisions"];
  const rows = items.map((item) => [stamp(item.at), item.subject, item.reason, item.id, item.sentence]);
  return table([["AT", "SUBJECT", "REASON", "ID", "WHY"], ...rows]);
}

/** Name and value lines, aligned. */
export function facts(rows: readonly (readonly [string, string | undefined])[]): readonly string[] {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${plain(value)}`);
}
