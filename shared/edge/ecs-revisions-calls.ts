import {
  DescribeServiceRevisionsCommand,
  type DescribeServiceRevisionsCommandInput,
  type ECSClient,
} from "@aws-sdk/client-ecs";

// Reached through import() only, see ecs-calls.ts.
export const describeServiceRevisions = (client: ECSClient, input: DescribeServiceRevisionsCommandInput) =>
  client.send(new DescribeServiceRevisionsCommand(input));
