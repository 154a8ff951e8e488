import {
  AthenaClient,
  type AthenaClientConfig,
  GetQueryExecutionCommand,
  type GetQueryExecutionCommandInput,
  GetQueryResultsCommand,
  type GetQueryResultsCommandInput,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
  StopQueryExecutionCommand,
  type StopQueryExecutionCommandInput,
} from "@aws-sdk/client-athena";

// Reached through import() only, see ecs-calls.ts.
export const makeAthena = (config: AthenaClientConfig) => new AthenaClient(config);
export const startQuery = (client: AthenaClient, input: StartQueryExecutionCommandInput) =>
  client.send(new StartQueryExecutionCommand(input));
export const getQuery = (client: AthenaClient, input: GetQueryExecutionCommandInput) =>
  client.send(new GetQueryExecutionCommand(input));
export const getResults = (client: AthenaClient, input: GetQueryResultsCommandInput) =>
  client.send(new GetQueryResultsCommand(input));
export const stopQuery = (client: AthenaClient, input: StopQueryExecutionCommandInput) =>
  client.send(new StopQueryExecutionCommand(input));
