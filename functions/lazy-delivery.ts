import { MINUTE_MS, type Millis } from "../shared/core/kernel/time.ts";
import type { PrometheusSource } from "../shared/core/monitoring/config.ts";
import type { Counts, CountsPlaces } from "../shared/core/ports/counts.ts";
import type { Queries } from "../shared/core/ports/queries.ts";
import type { Releases } from "../shared/core/ports/releases.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";
import type { Runtime } from "../shared/shell/runtime.ts";

export interface LazyDeliveryOptions {
  readonly clients: Pick<AwsClients, "ecs" | "alb" | "cloudwatch" | "credentials">;
  readonly now: () => Millis;
  readonly queries: (source?: PrometheusSource) => Queries | undefined;
  readonly region?: string;
  /** One address for all of AWS; it may be on this machine. */
  readonly endpoint?: string;
  readonly warn: (message: string) => void;
}

/** What both sources are younger than is not judged: see the adapters, which are loaded at the first question. */
const CLOUDWATCH_SETTLE_MS = 2 * MINUTE_MS;
const PROMETHEUS_SETTLE_MS = MINUTE_MS / 2;
/** Prometheus's own default time for a query. */
const PROMETHEUS_TIMEOUT_MS = 10_000;

/** Who runs versions on AWS and who counts their requests there; adapters and SDKs are loaded at the first question. */
export function lazyDelivery(options: LazyDeliveryOptions): Required<Pick<Runtime, "releases" | "counts">> {
  const load = () => import("./aws-delivery.ts");
  let made: Promise<Releases> | undefined;
  // A failed attempt to load is not kept.
  const make = async (): Promise<Releases> => {
    try {
      return releasesOf(await load(), options);
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
  const releases = () => (made ??= make());

  const cloudwatch = (places: CountsPlaces): Counts => ({
    read: async (request) =>
      (await load())
        .cloudwatchCounts({ client: options.clients.cloudwatch, places, settleMs: CLOUDWATCH_SETTLE_MS })
        .read(request),
    // The minute that begins last in an interval ends after it.
    settledUntil: (now) => now - CLOUDWATCH_SETTLE_MS - MINUTE_MS,
  });

  return {
    releases: {
      describe: async (target) => (await releases()).describe(target),
      ensure: async (target, request) => (await releases()).ensure(target, request),
      resize: async (target, request) => (await releases()).resize(target, request),
      remove: async (target, request) => (await releases()).remove(target, request),
      adopt: async (target, request) => (await releases()).adopt(target, request),
    },
    counts: (source, _service, places = {}) => {
      if (source === "cloudwatch") return cloudwatch(places);
      // Deployed there is no gateway of ours: nobody counts, and gates hold.
      if (source === "gateway") return undefined;
      const { url, ...config } = source.prometheus;
      const asked = url === undefined ? undefined : { url, timeout: PROMETHEUS_TIMEOUT_MS };
      const queries = options.queries(asked ?? (places.prometheus as PrometheusSource | undefined));
      if (!queries) return undefined;
      return {
        read: async (request) =>
          (await load()).prometheusCounts({ queries, config, settleMs: PROMETHEUS_SETTLE_MS }).read(request),
        settledUntil: (now) => now - PROMETHEUS_SETTLE_MS,
      };
    },
  };
}

type Parts = typeof import("./aws-delivery.ts");

function releasesOf(parts: Parts, { clients, now, region, endpoint, warn }: LazyDeliveryOptions): Releases {
  const plain = parts.httpClient({ allowLocal: endpoint !== undefined });
  const http = (where: string) =>
    parts.sigv4Http({ http: plain, service: "logs", region: where, credentials: clients.credentials, now });
  const logs = parts.cloudwatchLogs({ http, region, ...(endpoint === undefined ? {} : { endpoint }) });
  return parts.ecsReleases({
    client: clients.ecs,
    alb: clients.alb,
    logs,
    now,
    ...(region === undefined ? {} : { region }),
    warn,
  });
}
