import { HeadgateError } from "../core/kernel/errors.ts";
import { type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { Counts, CountsInterval, CountsRequest, VersionCounts } from "../core/ports/counts.ts";
import type { Queries } from "../core/ports/queries.ts";

/** PromQL with $version, $window (such as 30s) and, in `slow`, $slow (seconds). Each an increase over the window; `p99` in seconds. */
export interface PrometheusCountsQueries {
  readonly requests: string;
  readonly errors: string;
  readonly slow?: string | undefined;
  readonly p99?: string | undefined;
}

export interface PrometheusCountsOptions {
  readonly queries: Queries;
  readonly config: PrometheusCountsQueries;
  /** What is younger may still grow. Default 30 s: a scrape each 15 s, and one that comes late. */
  readonly settleMs?: number;
}

const SETTLE_MS = 30 * SECOND_MS;

/** In a label's value between quotes, as PromQL reads it; and a `/` or what else a version may have needs nothing. */
const quoted = (value: string): string => JSON.stringify(value).slice(1, -1);

const windowOf = (ms: number): string => (ms % SECOND_MS === 0 ? `${ms / SECOND_MS}s` : `${ms}ms`);

type By = ReadonlyMap<Millis, number>;

/**
 * Requests by version from whoever answers PromQL. Each interval is one step of a range query, evaluated at the interval's end. What is
 * not there is unknown, also errors of a version that never had one: write `… or vector(0)` where a counter begins with its first error.
 */
export function prometheusCounts({ queries, config, settleMs = SETTLE_MS }: PrometheusCountsOptions): Counts {
  const fill = (text: string, version: string, { everyMs, slowMs }: CountsRequest): string => {
    // In one go: a version that looks like one of these is text.
    const values = { version: quoted(version), window: windowOf(everyMs), slow: String((slowMs ?? 0) / SECOND_MS) };
    return text.replace(/\$(version|window|slow)\b/g, (_, name: keyof typeof values) => values[name]);
  };

  /** One value an interval, by its beginning. Several series are added up, as a query without `sum` means; of a p99 the largest counts. */
  const ask = async (text: string, version: string, request: CountsRequest, most = false): Promise<By> => {
    const { from, to, everyMs } = request;
    const { series } = await queries.range(fill(text, version, request), from + everyMs, to, everyMs);
    const found = new Map<Millis, number>();
    for (const { points } of series)
      for (const { at, value } of points) {
        const begin = at - everyMs;
        const known = found.get(begin);
        if (known === undefined) found.set(begin, value);
        else found.set(begin, most ? Math.max(known, value) : known + value);
      }
    return found;
  };

  const versionOf = async (version: string, request: CountsRequest) => {
    const { slow, p99 } = config;
    const wantsSlow = slow !== undefined && request.slowMs !== undefined;
    const [requests, errors, slower, p99s] = await Promise.all([
      ask(config.requests, version, request),
      ask(config.errors, version, request),
      wantsSlow ? ask(slow, version, request) : undefined,
      p99 === undefined ? undefined : ask(p99, version, request, true),
    ]);
    return (at: Millis): VersionCounts | undefined => {
      const [all, failed] = [whole(requests.get(at)), whole(errors.get(at))];
      if (all === undefined || failed === undefined) return undefined;
      const late = whole(slower?.get(at));
      const seconds = p99s?.get(at);
      return {
        requests: all,
        errors: Math.min(all, failed),
        ...(late === undefined ? {} : { slow: Math.min(all, late) }),
        ...(seconds !== undefined && Number.isFinite(seconds) ? { p99Ms: seconds * SECOND_MS } : {}),
      };
    };
  };

  return {
    read: async (request) => {
      const { service, versions, from, to, everyMs } = request;
      const steps = Math.max(0, Math.ceil((to - from) / everyMs));
      const ats = Array.from({ length: steps }, (_, index) => from + index * everyMs);
      if (steps === 0) return [];
      try {
        const known = queries.knownFrom?.();
        const isKnown = (at: Millis) => queries.knownFrom === undefined || (known !== undefined && at >= known);
        const read = await Promise.all(
          versions.map(async (version) => [version, await versionOf(version, request)] as const),
        );
        return ats.map((at): CountsInterval => {
          const counted = read.flatMap(([version, of]): [string, VersionCounts][] => {
            const one = isKnown(at) ? of(at) : undefined;
            return one ? [[version, one]] : [];
          });
          return { at, versions: Object.fromEntries(counted) };
        });
      } catch (error) {
        if (error instanceof HeadgateError && error.code === "counts.unavailable") throw error;
        const retryable = error instanceof HeadgateError ? error.retryable : true;
        const said = error instanceof Error ? error.message : String(error);
        throw new HeadgateError("counts.unavailable", `requests of ${service} could not be counted: ${said}`, {
          cause: error,
          retryable,
        });
      }
    },
    settledUntil: (now) => now - settleMs,
  };
}

/** An increase is extrapolated and rarely whole; one that is not a number or below zero is not known. */
function whole(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) || value < 0 ? undefined : Math.round(value);
}
