import {
  DescribeApplicationCommand,
  type DescribeApplicationCommandInput,
  KinesisAnalyticsV2Client,
  type KinesisAnalyticsV2ClientConfig,
  UpdateApplicationCommand,
  type UpdateApplicationCommandInput,
} from "@aws-sdk/client-kinesis-analytics-v2";

// Reached through import() only, see ecs-calls.ts.
export const makeManagedFlink = (config: KinesisAnalyticsV2ClientConfig) => new KinesisAnalyticsV2Client(config);
export const describeApplication = (client: KinesisAnalyticsV2Client, input: DescribeApplicationCommandInput) =>
  client.send(new DescribeApplicationCommand(input));
export const updateApplication = (client: KinesisAnalyticsV2Client, input: UpdateApplicationCommandInput) =>
  client.send(new UpdateApplicationCommand(input));
