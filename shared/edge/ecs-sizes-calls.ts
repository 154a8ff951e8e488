import {
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandInput,
  type ECSClient,
} from "@aws-sdk/client-ecs";

// Reached through import() only, as ecs-calls.ts is.
export const describeTaskDefinition = (client: ECSClient, input: DescribeTaskDefinitionCommandInput) =>
  client.send(new DescribeTaskDefinitionCommand(input));
