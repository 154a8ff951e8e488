import { StopTaskCommand } from "@aws-sdk/client-ecs";
import type { AwsClients } from "./aws-clients.ts";

const PAGE = 100;

/** Tasks of a service that are running, and how one is stopped; the service starts another. Errors are the SDK's own: their message is what people need. */
export function ecsTasks(clients: Pick<AwsClients, "ecs">) {
  return {
    tasks: async (cluster: string, service: string, region?: string): Promise<readonly string[]> => {
      const client = await clients.ecs(region);
      const { listTasks } = await import("./ecs-calls.ts");
      const found: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await listTasks(client, {
          cluster,
          serviceName: service,
          desiredStatus: "RUNNING",
          maxResults: PAGE,
          ...(nextToken === undefined ? {} : { nextToken }),
        });
        found.push(...(page.taskArns ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return found.sort();
    },
    stop: async (cluster: string, task: string, region?: string): Promise<void> => {
      const client = await clients.ecs(region);
      await client.send(new StopTaskCommand({ cluster, task, reason: "a chaos experiment of Headgate" }));
    },
  };
}
