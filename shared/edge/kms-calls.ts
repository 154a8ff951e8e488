import {
  DecryptCommand,
  type DecryptCommandInput,
  GenerateDataKeyCommand,
  type GenerateDataKeyCommandInput,
  KMSClient,
  type KMSClientConfig,
} from "@aws-sdk/client-kms";

// Reached through import() only, see ecs-calls.ts.
export const makeKms = (config: KMSClientConfig) => new KMSClient(config);
export const generateDataKey = (client: KMSClient, input: GenerateDataKeyCommandInput) =>
  client.send(new GenerateDataKeyCommand(input));
export const decrypt = (client: KMSClient, input: DecryptCommandInput) => client.send(new DecryptCommand(input));
