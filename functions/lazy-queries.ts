import type { Millis } from "../shared/core/kernel/time.ts";
import type { PrometheusSource } from "../shared/core/monitoring/config.ts";
import type { Queries } from "../shared/core/ports/queries.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";

/** Signing name of Amazon Managed Prometheus. */
const AMP = "aps";

/**
 * The Prometheus API of a configuration; undefined where it names none, as a deployed function keeps no samples. One port for each
 * source is kept; adapter, HTTP and, with a region, what signs are loaded at the first question.
 */
export function lazyQueries(
  clients: Pick<AwsClients, "credentials">,
  options: { readonly allowLocal: boolean; readonly now: () => Millis },
): (source?: PrometheusSource) => Queries | undefined {
  const made = new Map<string, Queries>();
  return (source) => {
    if (!source) return undefined;
    const key = JSON.stringify(source);
    const queries = made.get(key) ?? lazily(() => open(source));
    made.set(key, queries);
    return queries;
  };

  async function open({ url, region, timeout }: PrometheusSource): Promise<Queries> {
    const { httpClient, prometheusQueries } = await import("./prometheus.ts");
    const plain = httpClient({ allowLocal: options.allowLocal });
    if (region === undefined) return prometheusQueries({ url, http: plain, timeoutMs: timeout });
    const { sigv4Http } = await import("./sigv4.ts");
    const { now } = options;
    const http = sigv4Http({ http: plain, service: AMP, region, credentials: clients.credentials, now });
    return prometheusQueries({ url, http, timeoutMs: timeout });
  }
}

/** A failed attempt to load is not kept. */
function lazily(load: () => Promise<Queries>): Queries {
  let made: Promise<Queries> | undefined;
  const queries = () => {
    made ??= load().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return {
    source: "prometheus",
    instant: async (expr, at) => (await queries()).instant(expr, at),
    range: async (expr, from, to, stepMs) => (await queries()).range(expr, from, to, stepMs),
  };
}
