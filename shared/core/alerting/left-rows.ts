import { type DurationMs, MINUTE_MS, type Millis } from "../kernel/time.ts";
import { foldRows } from "./merge.ts";
import type { AlertRow } from "./types.ts";

/** How long an alert that has left its groups is still known. Upstream throws resolved alerts away every 30 minutes: `--alerts.gc-interval`. */
export const KNOWN_MS: DurationMs = 30 * MINUTE_MS;
/** More that have left one group are not known: those that ended first are forgotten. */
export const MOST_KNOWN = 5_000;

/** When an alert that is over is forgotten. */
export const forgottenAt = ({ endsAt, updatedAt }: AlertRow): Millis => Math.max(endsAt, updatedAt) + KNOWN_MS;

/** Those that are still to be known, at most so many; of an alert that is there twice the last one counts. */
export function remembering(left: readonly AlertRow[], now: Millis, most = MOST_KNOWN): readonly AlertRow[] {
  const known = [...new Map(left.map((row) => [row.fingerprint, row])).values()].filter(
    (row) => forgottenAt(row) > now,
  );
  return known.length <= most ? known : known.sort((a, b) => b.endsAt - a.endsAt).slice(0, most);
}

/**
 * Folds news into the alerts of a group and those that have left it: who has left is in it again once there is younger news of it,
 * merged with what was known. News that is as old as its leaving has been told of, and is seen again after a crash only.
 */
export function foldLeft(
  base: ReadonlyMap<string, AlertRow>,
  left: readonly AlertRow[],
  news: readonly AlertRow[],
  now: Millis,
): { readonly rows: Map<string, AlertRow>; readonly left: ReadonlyMap<string, AlertRow> } {
  const away = new Map(
    remembering(left, now).flatMap((row) => (base.has(row.fingerprint) ? [] : [[row.fingerprint, row] as const])),
  );
  const rows = foldRows(away.size === 0 ? base : new Map([...base, ...away]), news);
  for (const [fingerprint, row] of away)
    if ((rows.get(fingerprint) as AlertRow).updatedAt > row.updatedAt) away.delete(fingerprint);
    else rows.delete(fingerprint);
  return { rows, left: away };
}
