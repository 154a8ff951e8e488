import { failedOf, type LoadSecond } from "./rows.ts";

/** Why a test has to end now; undefined: it goes on. Rows of seconds that are over, ascending; a second without requests says nothing. */
export function stopReason(
  rows: readonly LoadSecond[],
  stop: { readonly errors: number; readonly for: number } | undefined,
): string | undefined {
  if (!stop) return undefined;
  const seconds = Math.ceil(stop.for / 1000);
  const last = rows.filter(({ asked }) => asked > 0).slice(-seconds);
  if (last.length < seconds) return undefined;
  const bad = last.every((row) => (100 * failedOf(row)) / row.asked > stop.errors);
  return bad ? `more than ${stop.errors} % of the requests failed for ${seconds} s` : undefined;
}
