import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";

// Reached through import() only, see ecs-calls.ts.
export const makeSecrets = (config: SecretsManagerClientConfig) => new SecretsManagerClient(config);
export const getSecret = (client: SecretsManagerClient, input: GetSecretValueCommandInput) =>
  client.send(new GetSecretValueCommand(input));
export const listSecrets = (client: SecretsManagerClient, input: ListSecretsCommandInput) =>
  client.send(new ListSecretsCommand(input));
export const createSecret = (client: SecretsManagerClient, input: CreateSecretCommandInput) =>
  client.send(new CreateSecretCommand(input));
export const putSecret = (client: SecretsManagerClient, input: PutSecretValueCommandInput) =>
  client.send(new PutSecretValueCommand(input));
