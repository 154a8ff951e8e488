import type { AddressInfo } from "node:net";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { createTable } from "../../shared/edge/dynamodb-table.ts";

/** DynamoDB's wire in this process, on loopback. */
export interface Dynalite {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  /** A new empty table. */
  table(): Promise<string>;
  close(): Promise<void>;
}

export function dynamodbClient(endpoint: string, maxAttempts = 3): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts,
  });
}

export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = dynamodbClient(endpoint);
  let tables = 0;
  return {
    client,
    endpoint,
    async table() {
      tables += 1;
      const name = `headgate-${tables}`;
      await createTable(client, name);
      return name;
    },
    async close() {
      client.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
