import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import { selectorsOf } from "../../shared/core/monitoring/promql/selectors.ts";

const reaches = new Map<string, number>();
const MOST_KEPT = 5_000;

/** Prometheus's own example, and what local services are scraped at. */
const DEFAULT_SCRAPE_MS = 15_000;

/** After so long every target has been scraped once: until then, what is missing from a young window is not absent. */
export function warmUpMs({ scrape }: MonitoringConfig): number {
  const jobs = scrape?.settings.jobs ?? [];
  return Math.max(DEFAULT_SCRAPE_MS, ...jobs.map(({ intervalMs, timeoutMs }) => intervalMs + timeoutMs));
}

/** How far back from an instant an expression reads beyond the usual lookback, ms: its ranges and offsets. */
export function reachOf(expr: string): number {
  const known = reaches.get(expr);
  if (known !== undefined) return known;
  const parsed = parsePromql(expr);
  // An expression of another dialect (a Prometheus API may know more) is taken for one that looks at its instant only.
  const reach = parsed.ok
    ? Math.max(
        0,
        ...selectorsOf(parsed.expr, { lookbackMs: 0 }).map(({ rangeMs, offsetMs }) => rangeMs + Math.max(0, offsetMs)),
      )
    : 0;
  if (reaches.size >= MOST_KEPT) reaches.clear();
  reaches.set(expr, reach);
  return reach;
}
