import { pathPattern } from "../../metrics/endpoint.ts";
import type { Family, Series } from "../../shared/core/monitoring/registry.ts";
import { SERVICE_METRICS } from "../../shared/core/monitoring/service-metrics.ts";

/** The platform's request metrics of one service, as its gateway counts them. */
export interface RequestMetrics {
  count(method: string, path: string, status: number, ms: number): void;
  /** For exposing; the numbers go on counting. */
  families(): readonly Family[];
}

/** More different paths than this are told as "other": each is a series for every method and status. */
const MOST_ENDPOINTS = 100;
/** Spellings of paths that are remembered. */
const MOST_PATHS = 1000;
const MOST_LENGTH = 200;

const specOf = (name: string) => {
  const spec = SERVICE_METRICS.find((one) => one.name === name);
  if (!spec) throw new Error(`the platform has no metric ${name}`);
  return spec;
};
const REQUESTS = specOf("data_service_requests_total");
const DURATION = specOf("data_service_request_duration_seconds");
const BOUNDS = "buckets" in DURATION ? DURATION.buckets : [];

interface Way {
  readonly duration: Series & { readonly buckets: number[] };
  readonly byStatus: Map<number, Series>;
}

export function requestMetrics(service: string): RequestMetrics {
  const endpoints = new Set<string>();
  const names = new Map<string, string>();
  const ways = new Map<string, Map<string, Way>>();
  const requests = new Map<string, Series>();
  const durations = new Map<string, Series>();

  const nameOf = (path: string): string => {
    const known = names.get(path);
    if (known !== undefined) return known;
    let name = path.length > MOST_LENGTH ? "other" : pathPattern(path);
    if (!endpoints.has(name)) {
      if (endpoints.size >= MOST_ENDPOINTS) name = "other";
      else endpoints.add(name);
    }
    if (names.size < MOST_PATHS) names.set(path, name);
    return name;
  };

  const wayOf = (method: string, endpoint: string): Way => {
    let methods = ways.get(endpoint);
    if (!methods) ways.set(endpoint, (methods = new Map()));
    let way = methods.get(method);
    if (!way) {
      const duration = {
        labels: { service_name: service, endpoint, method },
        value: 0,
        stamp: 0,
        count: 0,
        buckets: new Array<number>(BOUNDS.length + 1).fill(0),
      };
      durations.set(`${method} ${endpoint}`, duration);
      methods.set(method, (way = { duration, byStatus: new Map() }));
    }
    return way;
  };

  return {
    count: (method, path, status, ms) => {
      // What nobody knows is one endpoint, or whoever guesses paths could fill the table.
      const endpoint = status === 404 ? "unmatched" : nameOf(path);
      const way = wayOf(method, endpoint);
      let series = way.byStatus.get(status);
      if (!series) {
        const labels = { service_name: service, endpoint, method, status: String(status) };
        series = { labels, value: 0, stamp: 0, count: 0 };
        way.byStatus.set(status, series);
        requests.set(`${method} ${endpoint} ${status}`, series);
      }
      series.value++;
      const { duration } = way;
      const seconds = ms / 1000;
      let bucket = 0;
      while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket++;
      duration.buckets[bucket] = (duration.buckets[bucket] as number) + 1;
      duration.value += seconds;
      duration.count++;
    },
    families: () => [
      { spec: REQUESTS, series: requests },
      { spec: DURATION, series: durations },
    ],
  };
}
