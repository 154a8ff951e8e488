import type { GatewayCore } from "./core.ts";
import type { Exchange } from "./exchange.ts";

/** How a try ended: with an answer's status, or without one. `stale`: a kept connection was closed under it; `gone`: the client. */
export type Ending = number | "connect" | "reset" | "timeout" | "stale" | "gone";

/**
 * Whether a request may be tried once more: it was not tried too often, the policy names this ending, the budget has room, and
 * sending it twice is safe, that is:
 * - no connection was made, so nothing was sent, whatever the method; or
 * - its method is idempotent or it carries an Idempotency-Key, and of its body nothing is lost (none, or all of what was sent is kept).
 *
 * @param delivered whether the backend may have got something of it
 */
export function mayRetry(exchange: Exchange, ending: Ending, delivered = true): boolean {
  const { ask, core, outgoing } = exchange;
  const { retry } = core.traffic;
  if (exchange.over || outgoing.headersSent || outgoing.destroyed) return false;
  if (exchange.tries > retry.max || !named(retry.on, ending)) return false;
  const whole = !exchange.bodyUsed || exchange.sent !== undefined;
  if (!whole || !(ask.repeatable || (ending === "connect" && !delivered))) return false;
  // A retry of a retry has its place in the budget already.
  const { counts } = core;
  if (exchange.retrying || counts.retrying < Math.max(retry.budgetMinimum, (retry.budget / 100) * counts.inFlight))
    return true;
  if (core.reserve >= 1) {
    core.reserve--;
    return true;
  }
  counts.retriesRefused++;
  return false;
}

const MOST_RESERVE = 500;

/**
 * A request that went well earns so much of a retry as the budget has percent. One backend that dies breaks all its requests at
 * once, which may be more than a fifth of those on their way: they are paid from what went well before. When much fails for
 * long, nothing is earned, and the budget alone holds.
 */
export function earn(core: GatewayCore): void {
  core.reserve = Math.min(MOST_RESERVE, core.reserve + core.traffic.retry.budget / 100);
}

function named(on: readonly string[], ending: Ending): boolean {
  if (typeof ending === "string") return on.includes(ending);
  return on.includes(String(ending)) || (ending >= 500 && on.includes("5xx"));
}

/** Full jitter over a doubling base, at most ten times it (Envoy's), in real ms. */
export function retryDelayMs(baseMs: number, tries: number, random: number): number {
  return random * Math.min(baseMs * 10, baseMs * 2 ** (tries - 1));
}
