import {
  GetAliasCommand,
  type GetAliasCommandInput,
  LambdaClient,
  type LambdaClientConfig,
  UpdateAliasCommand,
  type UpdateAliasCommandInput,
} from "@aws-sdk/client-lambda";

// Reached through import() only, see ecs-calls.ts.
export const makeLambda = (config: LambdaClientConfig) => new LambdaClient(config);
export const getAlias = (client: LambdaClient, input: GetAliasCommandInput) => client.send(new GetAliasCommand(input));
export const updateAlias = (client: LambdaClient, input: UpdateAliasCommandInput) =>
  client.send(new UpdateAliasCommand(input));
