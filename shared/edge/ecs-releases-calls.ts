import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  type DescribeServicesCommandInput,
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandInput,
  DescribeTasksCommand,
  type DescribeTasksCommandInput,
  type ECSClient,
  ListServicesCommand,
  type ListServicesCommandInput,
  ListTasksCommand,
  type ListTasksCommandInput,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  TagResourceCommand,
  type TagResourceCommandInput,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";

// Reached through import() only, see ecs-calls.ts: who only scales loads none of what makes services.
export const describeServices = (client: ECSClient, input: DescribeServicesCommandInput) =>
  client.send(new DescribeServicesCommand(input));
export const describeDefinition = (client: ECSClient, input: DescribeTaskDefinitionCommandInput) =>
  client.send(new DescribeTaskDefinitionCommand(input));
export const registerDefinition = (client: ECSClient, input: RegisterTaskDefinitionCommandInput) =>
  client.send(new RegisterTaskDefinitionCommand(input));
export const createService = (client: ECSClient, input: CreateServiceCommandInput) =>
  client.send(new CreateServiceCommand(input));
export const updateService = (client: ECSClient, input: UpdateServiceCommandInput) =>
  client.send(new UpdateServiceCommand(input));
export const tagResource = (client: ECSClient, input: TagResourceCommandInput) =>
  client.send(new TagResourceCommand(input));
export const listServices = (client: ECSClient, input: ListServicesCommandInput) =>
  client.send(new ListServicesCommand(input));
export const listTasks = (client: ECSClient, input: ListTasksCommandInput) => client.send(new ListTasksCommand(input));
export const describeTasks = (client: ECSClient, input: DescribeTasksCommandInput) =>
  client.send(new DescribeTasksCommand(input));
