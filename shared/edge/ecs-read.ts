import type { ECSClient, Service, Task } from "@aws-sdk/client-ecs";
import type { ServiceRef } from "../core/ports/fleet.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsErrorName } from "./aws-errors.ts";

/** DescribeServices takes ten services of one cluster. */
const BATCH = 10;
/** ListTasks and DescribeTasks take 100. */
const TASKS = 100;
/** Requests under way at once: ECS allows a burst of 100 reads and 20 a second after it. */
const PARALLEL = 10;

export interface EcsAddress {
  readonly cluster: string;
  readonly service: string;
  readonly region?: string;
}

/** Services of one cluster that fit in one request, each with the names it has in the configuration. */
export interface Batch {
  readonly region: string | undefined;
  readonly cluster: string;
  readonly refs: ReadonlyMap<string, readonly ServiceRef[]>;
}

/** Short name of a service or cluster given by name or by ARN. */
export const shortName = (nameOrArn: string): string => nameOrArn.split("/").at(-1) ?? nameOrArn;

/** Groups by region and cluster, ten to a batch; two names for one ECS service are asked for once. */
export function batches(refs: readonly ServiceRef[]): readonly Batch[] {
  const clusters = new Map<
    string,
    { region: string | undefined; cluster: string; services: Map<string, ServiceRef[]> }
  >();
  for (const ref of refs) {
    if (!ref.ecs) continue;
    const { region, cluster, service } = ref.ecs;
    const id = JSON.stringify([region ?? null, cluster]);
    const group = clusters.get(id) ?? { region, cluster, services: new Map<string, ServiceRef[]>() };
    clusters.set(id, group);
    group.services.set(service, [...(group.services.get(service) ?? []), ref]);
  }
  return [...clusters.values()].flatMap(({ region, cluster, services }) => {
    const entries = [...services];
    const count = Math.ceil(entries.length / BATCH);
    return Array.from({ length: count }, (_, index) => ({
      region,
      cluster,
      refs: new Map(entries.slice(index * BATCH, (index + 1) * BATCH)),
    }));
  });
}

/** Maps with at most {@link PARALLEL} under way; each result is settled, so that one failure hides no other. */
export async function settleAll<In, Out>(
  items: readonly In[],
  work: (item: In) => Promise<Out>,
): Promise<PromiseSettledResult<Out>[]> {
  const results: PromiseSettledResult<Out>[] = [];
  for (let index = 0; index < items.length; index += PARALLEL)
    results.push(...(await Promise.allSettled(items.slice(index, index + PARALLEL).map(work))));
  return results;
}

/** The services of one batch that exist. A missing cluster has none; MISSING and INACTIVE (deleted) services are left out. */
export async function readServices(source: ClientSource<ECSClient>, batch: Batch): Promise<readonly Service[]> {
  const [client, ecs] = await Promise.all([clientOf(source, batch.region), import("./ecs-calls.ts")]);
  try {
    const answer = await ecs.describeServices(client, { cluster: batch.cluster, services: [...batch.refs.keys()] });
    return (answer.services ?? []).filter((service) => service.status !== "INACTIVE");
  } catch (error) {
    if (awsErrorName(error) === "ClusterNotFoundException") return [];
    throw error;
  }
}

/** The tasks of one service that ECS wants running, and those on their way out. */
export async function readTasks(source: ClientSource<ECSClient>, address: EcsAddress): Promise<readonly Task[]> {
  const [client, ecs] = await Promise.all([clientOf(source, address.region), import("./ecs-calls.ts")]);
  const tasks: Task[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.listTasks(client, {
      cluster: address.cluster,
      serviceName: address.service,
      maxResults: TASKS,
      ...(nextToken ? { nextToken } : {}),
    });
    const arns = page.taskArns ?? [];
    if (arns.length > 0) {
      const found = await ecs.describeTasks(client, { cluster: address.cluster, tasks: arns });
      tasks.push(...(found.tasks ?? []));
    }
    nextToken = page.nextToken;
  } while (nextToken);
  return tasks;
}
