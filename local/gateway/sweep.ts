import type { GatewayCore } from "./core.ts";
import type { Exchange } from "./exchange.ts";
import { askedAt, timeOut } from "./tries.ts";
import { closeIdle } from "./upstream.ts";

/** Keeps the limits of time of all requests with one timer, instead of several for each. */
export interface Sweeper {
  enlist(exchange: Exchange): void;
  delist(exchange: Exchange): void;
  stop(): void;
}

const SLOWEST_MS = 1000;
const FASTEST_MS = 5;
const IDLE_EVERY_MS = 1000;

export function sweeper(coreOf: () => GatewayCore): Sweeper {
  const list: Exchange[] = [];
  let timer: NodeJS.Timeout | undefined;
  let idleAt = 0;

  /** How often it looks: a limit is kept to a tenth of it. */
  const everyMs = (): number => {
    const { traffic } = coreOf();
    const { perTryTimeout = Number.POSITIVE_INFINITY } = traffic.retry;
    const { totalTimeout = Number.POSITIVE_INFINITY } = traffic;
    const shortest = Math.min(traffic.timeout, perTryTimeout, totalTimeout);
    return Math.max(FASTEST_MS, Math.min(SLOWEST_MS, shortest / 10));
  };

  const look = () => {
    const { traffic, members, wake } = coreOf();
    const { perTryTimeout, totalTimeout } = { perTryTimeout: traffic.retry.perTryTimeout, ...traffic };
    const now = performance.now();
    // From the end: what times out leaves the list, and the last one takes its place.
    for (let at = list.length - 1; at >= 0; at--) {
      const exchange = list[at];
      if (!exchange) continue;
      const { link } = exchange;
      if (totalTimeout !== undefined && now - exchange.arrivedAt >= totalTimeout)
        timeOut(exchange, "total", totalTimeout);
      else if (
        link &&
        perTryTimeout !== undefined &&
        exchange.status === 0 &&
        now - askedAt(exchange, now) >= perTryTimeout
      )
        timeOut(exchange, "try", perTryTimeout);
      else if (link && now - link.lastAt >= traffic.timeout) timeOut(exchange, "silent", traffic.timeout);
    }
    wake();
    if (now < idleAt) return;
    idleAt = now + IDLE_EVERY_MS;
    for (const upstream of members.all()) closeIdle(upstream, now);
  };

  const run = () => {
    look();
    timer =
      list.length > 0 ||
      coreOf()
        .members.all()
        .some(({ free }) => free.length > 0)
        ? arm()
        : undefined;
  };
  const arm = () => setTimeout(run, everyMs()).unref();

  return {
    enlist: (exchange) => {
      exchange.slot = list.push(exchange) - 1;
      timer ??= arm();
    },
    delist: (exchange) => {
      const { slot } = exchange;
      if (slot < 0) return;
      const last = list.pop() as Exchange;
      if (last !== exchange) {
        list[slot] = last;
        last.slot = slot;
      }
      exchange.slot = -1;
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
