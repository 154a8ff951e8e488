/** What may be unusual about a row. The order is that of the weights and of the saved state. */
export const CHANNELS = ["record", "seasonal", "weekly", "context", "drift", "flatline", "shift"] as const;

/**
 * - `record`: higher or lower than everything before
 * - `seasonal`: far from what this time of day (or this phase of the series' own period) usually shows
 * - `weekly`: far from what this time of the week usually shows
 * - `context`: far from the last rows at this time of the week
 * - `drift`: the last hours lie away from what is usual, be it by little
 * - `flatline`: hardly moves, unlike itself
 * - `shift`: the short mean has moved since a while ago
 */
export type Channel = (typeof CHANNELS)[number];

export const RECORD = 0;
export const SEASONAL = 1;
export const WEEKLY = 2;
export const CONTEXT = 3;
export const DRIFT = 4;
export const FLATLINE = 5;
export const SHIFT = 6;
