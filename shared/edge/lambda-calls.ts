import {
  GetAliasCommand,
  type GetAliasCommandInput,
  InvokeCommand,
  LambdaClient,
  type LambdaClientConfig,
  UpdateAliasCommand,
  type UpdateAliasCommandInput,
} from "@aws-sdk/client-lambda";

// Reached through import() only, see ecs-calls.ts.
export const makeLambda = (config: LambdaClientConfig) => new LambdaClient(config);
export const getAlias = (client: LambdaClient, input: GetAliasCommandInput) => client.send(new GetAliasCommand(input));
/** Answers as soon as Lambda has taken the event. */
export const invokeLater = (client: LambdaClient, name: string, event: string) =>
  client.send(new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: Buffer.from(event) }));
export const updateAlias = (client: LambdaClient, input: UpdateAliasCommandInput) =>
  client.send(new UpdateAliasCommand(input));
