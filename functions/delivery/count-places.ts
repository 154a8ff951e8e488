import type { DeliveryConfig } from "../../shared/core/delivery/section.ts";
import type { CountsPlaces } from "../../shared/core/ports/counts.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { own } from "../own.ts";
import type { ServiceSettings } from "../traffic/service-traffic.ts";

/** Load balancer of a rule or a listener, as CloudWatch names it; both ARNs contain it. */
const loadBalancerIn = (arn: string | undefined): string | undefined =>
  /:listener(?:-rule)?\/(app\/[^/]+\/[^/]+)/.exec(arn ?? "")?.[1];

/** Where the requests of a service's versions are counted, as the configuration tells: by its load balancer, its alias, its Prometheus. */
export function placesOf(
  config: HeadgateConfig | undefined,
  { ecs }: DeliveryConfig,
  { service, config: traffic }: ServiceSettings,
): CountsPlaces {
  const { alb, lambda } = traffic.weights ?? {};
  const plain = config && own(config.services, service)?.ecs;
  const targetGroups = { ...ecs?.targetGroups, ...alb?.targetGroups };
  const loadBalancer = loadBalancerIn(alb?.rule ?? alb?.listener) ?? plain?.loadBalancer;
  const region = lambda?.region ?? alb?.region ?? ecs?.region ?? plain?.region;
  const prometheus = config?.monitoring?.prometheus;
  return {
    ...(region === undefined ? {} : { region }),
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    ...(Object.keys(targetGroups).length > 0 ? { targetGroups } : {}),
    ...(lambda ? { lambda: { function: lambda.function, alias: lambda.alias, versions: lambda.versions } } : {}),
    ...(prometheus ? { prometheus } : {}),
  };
}
