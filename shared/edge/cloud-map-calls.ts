import {
  DiscoverInstancesCommand,
  type DiscoverInstancesCommandInput,
  ServiceDiscoveryClient,
  type ServiceDiscoveryClientConfig,
} from "@aws-sdk/client-servicediscovery";

// Reached through import() only, see ecs-calls.ts.
export const makeCloudMap = (config: ServiceDiscoveryClientConfig) => new ServiceDiscoveryClient(config);
export const discoverInstances = (client: ServiceDiscoveryClient, input: DiscoverInstancesCommandInput) =>
  client.send(new DiscoverInstancesCommand(input));
