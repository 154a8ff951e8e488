import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

// Reached through import() only, see ecs-calls.ts.
export const makeDynamoDb = (config: DynamoDBClientConfig) => new DynamoDBClient(config);
