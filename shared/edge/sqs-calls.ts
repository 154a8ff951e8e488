import {
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
  type SQSClientConfig,
} from "@aws-sdk/client-sqs";

// Reached through import() only, see ecs-calls.ts.
export const makeSqs = (config: SQSClientConfig) => new SQSClient(config);
export const sendMessage = (client: SQSClient, input: SendMessageCommandInput) =>
  client.send(new SendMessageCommand(input));
export const sendMessages = (client: SQSClient, input: SendMessageBatchCommandInput) =>
  client.send(new SendMessageBatchCommand(input));
