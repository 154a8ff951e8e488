import {
  CloudWatchClient,
  type CloudWatchClientConfig,
  DeleteAlarmsCommand,
  type DeleteAlarmsCommandInput,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  ListTagsForResourceCommand,
  type ListTagsForResourceCommandInput,
  PutCompositeAlarmCommand,
  type PutCompositeAlarmCommandInput,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";

// Reached through import() only, see ecs-calls.ts.
export const makeCloudWatch = (config: CloudWatchClientConfig) => new CloudWatchClient(config);
export const getMetricData = (client: CloudWatchClient, input: GetMetricDataCommandInput) =>
  client.send(new GetMetricDataCommand(input));
export const describeAlarms = (client: CloudWatchClient, input: DescribeAlarmsCommandInput) =>
  client.send(new DescribeAlarmsCommand(input));
export const putMetricAlarm = (client: CloudWatchClient, input: PutMetricAlarmCommandInput) =>
  client.send(new PutMetricAlarmCommand(input));
export const putCompositeAlarm = (client: CloudWatchClient, input: PutCompositeAlarmCommandInput) =>
  client.send(new PutCompositeAlarmCommand(input));
export const deleteAlarms = (client: CloudWatchClient, input: DeleteAlarmsCommandInput) =>
  client.send(new DeleteAlarmsCommand(input));
export const listTagsForResource = (client: CloudWatchClient, input: ListTagsForResourceCommandInput) =>
  client.send(new ListTagsForResourceCommand(input));
