import { postedAlert } from "../core/kernel/alert.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import { type DurationMs, SECOND_MS } from "../core/kernel/time.ts";
import type { Alerts } from "../core/ports/alerts.ts";
import { type Http, HttpFailure } from "./http-client.ts";

export interface AlertmanagerAlertsOptions {
  readonly http: Http;
  /**
   * Where a tenant's Alertmanagers take alerts, whole addresses: `http://alertmanager:9093/api/v2/alerts`. None: alerts stay in
   * Headgate, which is no error.
   */
  readonly receivers: (tenant: string) => Promise<readonly string[]>;
  /** One request. Default 10 s, Prometheus's own (`alertmanager_config`, timeout). */
  readonly timeoutMs?: DurationMs;
  /** First try included. Default 3. */
  readonly attempts?: number;
  /** Waits in real milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Real ms, monotonic; for tests. */
  readonly elapsed?: () => number;
  /** Told of a receiver that took nothing while another one did. */
  readonly warn?: (message: string) => void;
}

/** As Prometheus sends them (notifier, DefaultMaxBatchSize). */
const PER_REQUEST = 256;
const FIRST_WAIT_MS = 200;
/** A receiver that let a request time out is not asked for so long: whoever decides about rules waits for each answer. */
const REST_MS = 30 * SECOND_MS;
const LONGEST_ANSWER_BYTES = 65_536;
const LONGEST_EXCERPT = 200;

const isWorthAnotherTry = (status: number) => status >= 500 || status === 429 || status === 408;

/**
 * Alerts to Alertmanagers, or what speaks their API v2. As with Prometheus, all are told, since they tell each other who sends: an
 * alert is delivered when one of them took it.
 */
export function alertmanagerAlerts(options: AlertmanagerAlertsOptions): Alerts {
  const { http, receivers, timeoutMs = 10 * SECOND_MS, attempts = 3, sleep, random, warn } = options;
  const elapsed = options.elapsed ?? (() => performance.now());
  const resting = new Map<string, { readonly until: number; readonly why: string }>();

  /** Undefined when it was taken, else why not. Bounded: tries and time of each; one that hangs is asked once, then left alone for a while. */
  const post = async (url: URL, body: string): Promise<string | undefined> => {
    const rest = resting.get(url.href);
    if (rest && elapsed() < rest.until) return `${rest.why}, and is asked again in half a minute`;
    const headers = { "content-type": "application/json", accept: "application/json" };
    for (let attempt = 1; ; attempt++) {
      const { why, again } = await http({
        method: "POST",
        url,
        headers,
        body,
        timeoutMs,
        maxBytes: LONGEST_ANSWER_BYTES,
      })
        .then(({ status, body: said }) => {
          if (status >= 200 && status < 300) return { why: undefined, again: false };
          const excerpt = said.trim() === "" ? "" : `: ${said.trim().slice(0, LONGEST_EXCERPT)}`;
          return { why: `${url.host} answered ${status}${excerpt}`, again: isWorthAnotherTry(status) };
        })
        .catch((error: unknown) => {
          const why = error instanceof Error ? error.message : String(error);
          const kind = error instanceof HttpFailure ? error.kind : undefined;
          if (kind === "timeout") resting.set(url.href, { until: elapsed() + REST_MS, why });
          return { why, again: kind !== "refused" && kind !== "timeout" };
        });
      if (why === undefined) resting.delete(url.href);
      if (why === undefined || !again || attempt >= attempts) return why;
      // Full jitter: receivers that were down together must not be asked together.
      await sleep(random() * FIRST_WAIT_MS * 2 ** attempt);
    }
  };

  return {
    send: async (tenant, alerts) => {
      const to = alerts.length === 0 ? [] : [...new Set(await receivers(tenant))];
      if (to.length === 0) return;
      const urls = to.map((address) => new URL(address));
      const lost = new Set<string>();
      for (let from = 0; from < alerts.length; from += PER_REQUEST) {
        const body = JSON.stringify(alerts.slice(from, from + PER_REQUEST).map(postedAlert));
        const whys = (await Promise.all(urls.map((url) => post(url, body)))).filter((why) => why !== undefined);
        if (whys.length === urls.length) for (const why of whys) lost.add(why);
        else for (const why of whys) warn?.(`alerts were not taken by one receiver: ${why}`);
      }
      if (lost.size === 0) return;
      const why = [...lost].join("; ");
      throw new HeadgateError("alerts.unavailable", `no receiver took the alerts: ${why}`, { retryable: true });
    },
  };
}
