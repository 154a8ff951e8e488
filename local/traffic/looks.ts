import type { TrafficLooks } from "../../shared/shell/gateway-look.ts";
import type { Gateway } from "../gateway/gateway.ts";

/** What the gateways of this process offer to the API. `changed`: something about a service was written. */
export function trafficLooks(
  gatewayOf: (service: string) => Pick<Gateway, "look" | "why" | "recent"> | undefined,
  changed: (service: string) => void,
  metrics: NonNullable<TrafficLooks["metrics"]>,
  circuitChanged: (circuit: string) => void,
): TrafficLooks {
  return Object.assign((service: string) => gatewayOf(service)?.look(), {
    why: (service: string, request: Parameters<Gateway["why"]>[0]) => gatewayOf(service)?.why(request),
    recent: (service: string) => gatewayOf(service)?.recent() ?? [],
    changed,
    metrics,
    circuitChanged,
  });
}
