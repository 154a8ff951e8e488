import { failedOf, type LoadSecond } from "./rows.ts";

/** Why a test has to end now; undefined: it goes on. Rows of seconds that are over, ascending; a second without requests says nothing. */
export function stopReason(
  rows: readonly LoadSecond[],
  stop: { readonly errors: number; readonly for: number } | undefined,
): string | undefined {
  if (!stop) return undefined;
  const seconds = Math.ceil(stop.for / 1000);
  let bad = 0;
  // From the end: this is asked several times a second, of days.
  for (let index = rows.length - 1; index >= 0 && bad < seconds; index -= 1) {
    const row = rows[index] as LoadSecond;
    if (row.asked === 0) continue;
    if ((100 * failedOf(row)) / row.asked <= stop.errors) return undefined;
    bad += 1;
  }
  return bad >= seconds ? `more than ${stop.errors} % of the requests failed for ${seconds} s` : undefined;
}
