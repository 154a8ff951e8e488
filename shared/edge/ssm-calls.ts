import {
  GetParameterCommand,
  type GetParameterCommandInput,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
  type SSMClientConfig,
} from "@aws-sdk/client-ssm";

// Reached through import() only, see ecs-calls.ts.
export const makeSsm = (config: SSMClientConfig) => new SSMClient(config);
export const getParameter = (client: SSMClient, input: GetParameterCommandInput) =>
  client.send(new GetParameterCommand(input));
export const getParameters = (client: SSMClient, input: GetParametersByPathCommandInput) =>
  client.send(new GetParametersByPathCommand(input));
export const putParameter = (client: SSMClient, input: PutParameterCommandInput) =>
  client.send(new PutParameterCommand(input));
