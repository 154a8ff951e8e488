import type { Deployment, Service, Task } from "@aws-sdk/client-ecs";
import type { Millis } from "../core/kernel/time.ts";
import type { FleetStatus, InstanceStatus } from "../core/ports/fleet.ts";

/**
 * A deployment replaces tasks: more than one is listed, or the only one has not reached its steady state. Changing the
 * desired count starts no deployment. Services with task sets (CodeDeploy, external) list more than one set while they move.
 */
export function isDeploying(service: Service): boolean {
  const deployments = service.deployments ?? [];
  if (deployments.length > 1 || (service.taskSets ?? []).length > 1) return true;
  return deployments[0]?.rolloutState === "IN_PROGRESS";
}

const failed = (deployment: Deployment): string | undefined => {
  if (deployment.rolloutState === "FAILED")
    return `the deployment failed: ${deployment.rolloutStateReason ?? "no reason given"}`;
  const count = deployment.failedTasks ?? 0;
  return count > 0 ? `${count} ${count === 1 ? "task" : "tasks"} of the deployment failed to start` : undefined;
};

/** What hinders the service, in a sentence. The newest event is ECS's own account of why tasks are missing. */
function troubleOf(service: Service): string | undefined {
  if (service.status === "DRAINING") return "the service is being deleted";
  const deployment = (service.deployments ?? []).map(failed).find((text) => text !== undefined);
  if (deployment) return deployment;
  if ((service.runningCount ?? 0) >= (service.desiredCount ?? 0)) return undefined;
  return (service.events ?? [])
    .map((event) => event.message)
    .find((text) => /unable to|unhealthy|failed/.test(text ?? ""));
}

/** DEPROVISIONING and what comes before it count as on the way out, as does a running task that ECS wants stopped. */
function stateOf(task: Task): InstanceStatus["state"] {
  switch (task.lastStatus) {
    case "PROVISIONING":
    case "PENDING":
    case "ACTIVATING":
      return "pending";
    case "RUNNING":
      return task.desiredStatus === "STOPPED" ? "draining" : "running";
    case "STOPPED":
      return "failed";
    default:
      return "draining";
  }
}

/** One task. Health `UNKNOWN` means "no health check" or "not checked yet"; ECS does not tell which, so it counts as ready. */
export function instanceOf(task: Task): InstanceStatus {
  const state = stateOf(task);
  const unhealthy = task.healthStatus === "UNHEALTHY";
  const detail = task.stoppedReason ?? (unhealthy ? "its health check fails" : undefined);
  return {
    id: task.taskArn?.split("/").at(-1) ?? "unknown",
    state,
    ready: state === "running" && !unhealthy,
    ...(task.startedAt ? { startedAt: task.startedAt.getTime() } : {}),
    ...(detail ? { detail } : {}),
  };
}

/** The address of a task's own network interface (awsvpc); with another network mode it has none. */
export function taskHost(task: Task): string | undefined {
  const details = (task.attachments ?? [])
    .filter((one) => one.type === "ElasticNetworkInterface" && one.status !== "DELETED")
    .flatMap((one) => one.details ?? []);
  const byName = (name: string) => details.find((detail) => detail.name === name)?.value;
  return (
    byName("privateIPv4Address") ??
    (task.containers ?? [])
      .flatMap((container) => container.networkInterfaces ?? [])
      .map((one) => one.privateIpv4Address ?? one.ipv6Address)
      .find((address) => address !== undefined) ??
    byName("privateIPv6Address")
  );
}

/** Counts of a service; with its tasks given, `ready` counts the healthy ones, without them those that run. */
export function statusOf(service: Service, tasks: readonly Task[] | undefined, at: Millis): FleetStatus {
  const instances = (tasks ?? []).map(instanceOf);
  const running = service.runningCount ?? 0;
  const trouble = troubleOf(service);
  return {
    desired: service.desiredCount ?? 0,
    pending: service.pendingCount ?? 0,
    running,
    ready: tasks ? Math.min(running, instances.filter((one) => one.ready).length) : running,
    deploying: isDeploying(service),
    instances,
    at,
    ...(trouble ? { trouble } : {}),
  };
}
