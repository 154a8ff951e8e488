const MEGABYTE = 1_000_000;
/** What a statement that reads anything is charged for at the least. */
const LEAST = 10 * MEGABYTE;

/** Bytes that one statement of Athena is charged for: whole megabytes, ten at the least. Source: "Amazon Athena pricing" page, SQL queries, 2025-11. */
export const chargedBytes = (scanned: number): number =>
  scanned <= 0 ? 0 : Math.max(LEAST, Math.ceil(scanned / MEGABYTE) * MEGABYTE);
