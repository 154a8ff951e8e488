import type { ECSClient } from "@aws-sdk/client-ecs";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Discovery } from "../core/ports/discovery.ts";
import type { ClientSource } from "./aws-clients.ts";
import { cloudMapInstances } from "./cloud-map.ts";
import { ecsBackends } from "./ecs-backends.ts";

export interface AwsDiscoveryOptions {
  readonly cloudMap: ClientSource<ServiceDiscoveryClient>;
  readonly ecs: ClientSource<ECSClient>;
}

/** Discovery over AWS Cloud Map and Amazon ECS, whichever the source names. */
export function awsDiscovery(options: AwsDiscoveryOptions): Discovery {
  return {
    discover: async (source) => {
      if (source.cloudMap) return cloudMapInstances(options.cloudMap, { ...source, cloudMap: source.cloudMap });
      if (source.ecs) return ecsBackends(options.ecs, { ...source, ecs: source.ecs });
      throw new HeadgateError("discovery.unavailable", `${source.service} names nothing to be discovered from`);
    },
  };
}
