import {
  GetBootstrapBrokersCommand,
  type GetBootstrapBrokersCommandInput,
  KafkaClient,
  type KafkaClientConfig,
} from "@aws-sdk/client-kafka";

// Reached through import() only, see ecs-calls.ts.
export const makeMsk = (config: KafkaClientConfig) => new KafkaClient(config);
export const getBootstrapBrokers = (client: KafkaClient, input: GetBootstrapBrokersCommandInput) =>
  client.send(new GetBootstrapBrokersCommand(input));
