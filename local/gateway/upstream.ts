import type { Registration } from "../../shared/core/traffic/types.ts";
import { type Histogram, histogram } from "../histogram.ts";
import { dropLink, type Link, openLink } from "./link.ts";

/** A backend as the gateway is given it: the registry's record, or as little as id and port. `pid` is the fleet's. */
export interface GatewayBackend extends Partial<Omit<Registration, "id" | "port">> {
  readonly id: string;
  readonly port: number;
  readonly pid?: number | undefined;
}

/** What a gateway knows of one backend, for as long as it is in the list or a request is on its way there. */
export interface Upstream {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  registration: Registration;
  /** Position in the balancer's hosts; -1: not in the list any more. */
  index: number;
  active: number;
  requests: number;
  failures: number;
  readonly latency: Histogram;
  /** Newest last: the one that was used last is the least likely to have been put away. */
  readonly free: Link[];
  readonly links: Set<Link>;
  readonly idle: (() => void)[];
  /** Connecting was refused: passed over until then, in real monotonic ms. */
  downUntil: number;
  downs: number;
  /** Its circuit was not closed when it was looked at last. */
  watched: boolean;
  /** Name of its circuit. */
  readonly circuit: string;
}

export function upstreamOf(service: string, backend: GatewayBackend, now: number): Upstream {
  const host = backend.host ?? "127.0.0.1";
  return {
    id: backend.id,
    host,
    port: backend.port,
    registration: {
      weight: 1,
      maxConnections: 100,
      capacity: 1000,
      tags: [],
      priority: 0,
      metadata: {},
      source: "fleet",
      registeredAt: now,
      ...defined(backend),
      host,
    },
    index: -1,
    active: 0,
    requests: 0,
    failures: 0,
    latency: histogram(),
    free: [],
    links: new Set(),
    idle: [],
    downUntil: 0,
    downs: 0,
    watched: false,
    circuit: `${service}/${backend.id}`,
  };
}

function defined({ pid: _, ...backend }: GatewayBackend): Partial<Registration> & { id: string; port: number } {
  const known = Object.entries(backend).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Partial<Registration> & { id: string; port: number };
}

const IDLE_MS = 4000;
/** A connection that the other side closes is closed here so much earlier. */
const MARGIN_MS = 1000;
const MOST_FREE = 256;

/** A connection that is free, or a new one. `fresh`: a new one in any case. */
export function takeLink(upstream: Upstream, fresh: boolean): Link {
  while (!fresh) {
    const link = upstream.free.pop();
    if (!link) break;
    if (!link.closed && link.idleUntil > performance.now()) return link;
    dropLink(link);
  }
  return openLink(upstream);
}

/** Gives a connection back after an answer that left it clean. */
export function releaseLink(link: Link): void {
  const { of: upstream } = link;
  link.user = undefined;
  if (!link.reusable || link.closed || upstream.index < 0 || upstream.free.length >= MOST_FREE) {
    dropLink(link);
    return;
  }
  const keep = link.keepAliveMs > 0 ? Math.min(IDLE_MS, Math.max(0, link.keepAliveMs - MARGIN_MS)) : IDLE_MS;
  link.idleUntil = link.lastAt + keep;
  if (keep > 0) upstream.free.push(link);
  else dropLink(link);
}

/** Closes what has been idle for too long, or everything that is idle. */
export function closeIdle(upstream: Upstream, until = Number.POSITIVE_INFINITY): void {
  let kept = 0;
  for (const link of upstream.free) {
    if (link.closed || link.idleUntil <= until) dropLink(link);
    else upstream.free[kept++] = link;
  }
  upstream.free.length = kept;
}
