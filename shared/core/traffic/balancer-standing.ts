import type { BalancerConfig } from "./balancer-types.ts";
import type { Excluded, Host } from "./types.ts";

/** What is in the way of a host whoever asks, the first that is; undefined: it may take requests. */
export function standingOf(host: Host, { versions }: Pick<BalancerConfig, "versions">): Excluded | undefined {
  if (host.draining) return "draining";
  if (versions !== undefined) {
    const { version } = host.backend;
    const share = version !== undefined && Object.hasOwn(versions, version) ? (versions[version] ?? 0) : 0;
    if (!(share > 0)) return "no_share";
  }
  if (!host.healthy) return "unhealthy";
  if (host.ejected) return "ejected";
  return host.open ? "circuit_open" : undefined;
}

/** Whether a host counts for health and panic: not on its way out, and of a version that gets anything. */
export const isCounted = (standing: Excluded | undefined): boolean =>
  standing !== "draining" && standing !== "no_share";

/** What is in the way of a host in a panic too: an open circuit refuses whoever is sent there. */
export function barredBy(host: Host | undefined, standing: Excluded | undefined): Excluded | undefined {
  if (!isCounted(standing)) return standing;
  return host?.open ? "circuit_open" : undefined;
}
