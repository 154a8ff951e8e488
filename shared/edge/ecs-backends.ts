import type { ECSClient, Task } from "@aws-sdk/client-ecs";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Discovered, DiscoveryAnswer, DiscoverySource } from "../core/ports/discovery.ts";
import type { ClientSource } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";
import { readTasks, shortName } from "./ecs-read.ts";
import { instanceOf, taskHost } from "./ecs-status.ts";

function backendOf(task: Task, port: number, left: string[]): Discovered | undefined {
  const id = shortName(task.taskArn ?? "");
  const host = taskHost(task);
  if (id === "" || host === undefined) {
    left.push(`task ${id}: it has no network interface of its own (network mode awsvpc gives each task one)`);
    return undefined;
  }
  const version = task.taskDefinitionArn === undefined ? undefined : shortName(task.taskDefinitionArn);
  return {
    id,
    host,
    port,
    ...(task.availabilityZone ? { zone: task.availabilityZone } : {}),
    // "orders:12": the family and its revision.
    ...(version ? { version } : {}),
  };
}

/**
 * The running tasks of an ECS service, in two requests for each hundred. Tasks on their way up or down are left out; those whose
 * health check fails as well, unless all fail.
 *
 * @throws HeadgateError `discovery.unavailable`, also for a service or cluster that is not there
 */
export async function ecsBackends(
  source: ClientSource<ECSClient>,
  { service, ecs }: DiscoverySource & { readonly ecs: NonNullable<DiscoverySource["ecs"]> },
): Promise<DiscoveryAnswer> {
  const what = `the tasks of ${service} could not be read`;
  let tasks: readonly Task[];
  try {
    tasks = await readTasks(source, ecs);
  } catch (error) {
    throw awsError("discovery.unavailable", what, error);
  }
  const running = tasks.filter((task) => instanceOf(task).state === "running");
  const healthy = running.filter((task) => instanceOf(task).ready);
  const panic = healthy.length === 0 && running.length > 0;
  const left: string[] = [];
  const backends = (panic ? running : healthy).flatMap((task) => backendOf(task, ecs.port, left) ?? []);
  if (backends.length === 0 && running.length > 0)
    throw new HeadgateError("discovery.unavailable", `${what}: none of ${running.length} can be used: ${left[0]}`);
  return { backends, panic, left };
}
