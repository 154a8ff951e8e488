import {
  DescribeServicesCommand,
  type DescribeServicesCommandInput,
  DescribeTasksCommand,
  type DescribeTasksCommandInput,
  ECSClient,
  type ECSClientConfig,
  ListTasksCommand,
  type ListTasksCommandInput,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";

// Reached through import() only: a bundler then keeps just these calls, in a chunk that loads when the first one is made.
export const makeEcs = (config: ECSClientConfig) => new ECSClient(config);
export const describeServices = (client: ECSClient, input: DescribeServicesCommandInput) =>
  client.send(new DescribeServicesCommand(input));
export const updateService = (client: ECSClient, input: UpdateServiceCommandInput) =>
  client.send(new UpdateServiceCommand(input));
export const listTasks = (client: ECSClient, input: ListTasksCommandInput) => client.send(new ListTasksCommand(input));
export const describeTasks = (client: ECSClient, input: DescribeTasksCommandInput) =>
  client.send(new DescribeTasksCommand(input));
