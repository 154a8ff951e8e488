import type { ECSClient, TaskDefinition } from "@aws-sdk/client-ecs";
import type { InstanceSize, ServiceRef } from "../core/ports/fleet.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { batches, readServices, settleAll, shortName } from "./ecs-read.ts";

/** CPU units of a core. */
const UNITS = 1024;

/** The task's own size; on EC2 it may have none, and then its containers say what they are given. */
function sizeOf({ cpu, memory, containerDefinitions = [] }: TaskDefinition): InstanceSize | undefined {
  const sum = (values: readonly (number | undefined)[]) => values.reduce<number>((all, one) => all + (one ?? 0), 0);
  const units = Number(cpu ?? 0) || sum(containerDefinitions.map((one) => one.cpu));
  const memoryMb = Number(memory ?? 0) || sum(containerDefinitions.map((one) => one.memory ?? one.memoryReservation));
  return units > 0 && memoryMb > 0 ? { cpu: units / UNITS, memoryMb } : undefined;
}

/** What a task of each service is given, by the task definition it runs; what cannot be read is absent. */
export async function ecsSizes(
  source: ClientSource<ECSClient>,
  refs: readonly ServiceRef[],
): Promise<ReadonlyMap<string, InstanceSize>> {
  const found = new Map<string, InstanceSize>();
  await settleAll(batches(refs), async (batch) => {
    const services = await readServices(source, batch);
    const [client, { describeTaskDefinition }] = await Promise.all([
      clientOf(source, batch.region),
      import("./ecs-sizes-calls.ts"),
    ]);
    await settleAll(services, async ({ serviceName = "", taskDefinition }) => {
      if (taskDefinition === undefined) return;
      const { taskDefinition: told } = await describeTaskDefinition(client, { taskDefinition });
      const size = told && sizeOf(told);
      if (!size) return;
      for (const [asked, named] of batch.refs)
        if (shortName(asked) === serviceName) for (const { name } of named) found.set(name, size);
    });
  });
  return found;
}
