import type { IncomingMessage, ServerResponse } from "node:http";
import { exposeFamilies } from "../../shared/core/monitoring/expose.ts";
import type { Family } from "../../shared/core/monitoring/registry.ts";
import type { Gateway } from "./gateway.ts";
import type { RequestMetrics } from "./request-metrics.ts";

/** What a gateway that runs alone answers itself, below `/-/`. */
export interface OwnAnswers {
  readonly gateway: () => Gateway | undefined;
  readonly metrics: RequestMetrics;
  readonly draining: () => boolean;
  /** Also what tells of paths and backends: for those who may see it only. */
  readonly open: boolean;
}

const send = (outgoing: ServerResponse, status: number, type: string, body: string, head: boolean) => {
  outgoing.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  outgoing.end(head ? undefined : body);
};

/** True: it was answered. `/-/healthy`: the process works; `/-/ready`: it may be sent requests; `/-/metrics`, `/-/look`: if open. */
export function ownAnswers({ gateway, metrics, draining, open }: OwnAnswers) {
  return (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const url = incoming.url ?? "";
    if (!url.startsWith("/-/")) return false;
    const path = url.split("?", 1)[0];
    const head = incoming.method === "HEAD";
    if (incoming.method !== "GET" && !head) return false;
    if (path === "/-/healthy") {
      send(outgoing, 200, "text/plain; charset=utf-8", "healthy\n", head);
      return true;
    }
    const now = gateway();
    if (path === "/-/ready") {
      const ready = now !== undefined && !draining() && now.look().backends.some(({ usable }) => usable);
      send(outgoing, ready ? 200 : 503, "text/plain; charset=utf-8", ready ? "ready\n" : "not ready\n", head);
      return true;
    }
    if (!open || !now) return false;
    if (path === "/-/metrics") {
      const text = exposeFamilies([...metrics.families(), ...gatewayFamilies(now)], "prometheus");
      send(outgoing, 200, "text/plain; version=0.0.4; charset=utf-8", text, head);
      return true;
    }
    if (path === "/-/look") {
      send(outgoing, 200, "application/json", JSON.stringify(now.look()), head);
      return true;
    }
    return false;
  };
}

/** What the gateway counts of itself, beside the platform's request metrics. */
export function gatewayFamilies(gateway: Pick<Gateway, "look">): readonly Family[] {
  const look = gateway.look();
  const family = (
    name: string,
    type: "counter" | "gauge",
    help: string,
    values: readonly (readonly [Readonly<Record<string, string>>, number])[],
  ): Family => ({
    spec: { name, type, help },
    series: new Map(
      values.map(([labels, value], at) => [
        String(at),
        { labels: { service_name: look.service, ...labels }, value, stamp: 0, count: 0 },
      ]),
    ),
  });
  const one = (value: number) => [[{}, value]] as const;
  const each = (value: (backend: (typeof look.backends)[number]) => number) =>
    look.backends.map((backend) => [{ backend: backend.id }, value(backend)] as const);
  return [
    family("headgate_gateway_retries_total", "counter", "Tries beyond the first.", one(look.retried)),
    family("headgate_gateway_refused_total", "counter", "Requests turned away by the gateway.", one(look.refused)),
    family("headgate_gateway_limited_total", "counter", "Requests above the rate limit.", one(look.limited ?? 0)),
    family(
      "headgate_gateway_shed_total",
      "counter",
      "Requests that gave way to more important ones.",
      one(look.shed ?? 0),
    ),
    family(
      "headgate_gateway_abandoned_total",
      "counter",
      "Requests whose client went away first.",
      one(look.abandoned),
    ),
    family("headgate_gateway_in_flight", "gauge", "Requests on their way.", one(look.inFlight)),
    family("headgate_gateway_queued", "gauge", "Requests that wait for a backend.", one(look.queued)),
    family(
      "headgate_gateway_panic",
      "gauge",
      "1: so few backends are healthy that all are used.",
      one(look.panic ? 1 : 0),
    ),
    family(
      "headgate_gateway_backend_requests_total",
      "counter",
      "Tries sent to a backend.",
      each(({ requests }) => requests),
    ),
    family(
      "headgate_gateway_backend_failures_total",
      "counter",
      "Tries that failed.",
      each(({ failures }) => failures),
    ),
    family(
      "headgate_gateway_backend_active",
      "gauge",
      "Requests in flight on a backend.",
      each(({ active }) => active),
    ),
    family(
      "headgate_gateway_backend_usable",
      "gauge",
      "1: it gets requests.",
      each(({ usable }) => (usable ? 1 : 0)),
    ),
  ];
}
