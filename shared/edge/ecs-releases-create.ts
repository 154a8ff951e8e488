import type { CreateServiceCommandInput, Service } from "@aws-sdk/client-ecs";
import type { Release } from "../core/kernel/release.ts";
import { SECOND_MS } from "../core/kernel/time.ts";
import type { ReleaseTarget } from "../core/ports/releases.ts";
import type { SlotLook } from "./ecs-releases-read.ts";
import { TAGS, tagValue } from "./ecs-releases-task.ts";

/** Why the deployments of a service are not ours to make, or undefined. */
export function vetoOf(service: Service, name: string): string | undefined {
  if (service.status !== undefined && service.status !== "ACTIVE")
    return `service ${name} is ${service.status.toLowerCase()}`;
  if (service.schedulingStrategy === "DAEMON") return `${name} is a daemon service: one task per host, and no count`;
  const controller = service.deploymentController?.type;
  return controller === undefined || controller === "ECS"
    ? undefined
    : `deployments of ${name} are ${controller === "CODE_DEPLOY" ? "CodeDeploy" : "an external controller"}'s`;
}

/** ECS takes a grace period of at most 2,147,483,647 s; an hour is more than any start needs. */
const LONGEST_GRACE_S = 3600;

export interface CreateRequest {
  readonly target: ReleaseTarget;
  readonly ecs: NonNullable<ReleaseTarget["ecs"]>;
  readonly slot: SlotLook;
  readonly release: Release;
  readonly arn: string;
  readonly container: string;
  readonly port: number | undefined;
  readonly count: number;
  /** Idempotency token of ECS. */
  readonly token: string;
}

/**
 * A service on Fargate for a slot that has none. ECS stops starting tasks that fail again and again (circuit breaker), and rolls nothing
 * back by itself: that is the rollout's decision.
 *
 * @returns a sentence where it cannot be made
 */
export function createInput(request: CreateRequest): CreateServiceCommandInput | string {
  const { target, ecs, slot, release, arn, container, port, count, token } = request;
  const { network } = ecs;
  if (!network)
    return `there is no ECS service ${slot.name}, and none can be made without ecs.subnets (and securityGroups) of delivery`;
  const group = ecs.targetGroups?.[slot.slot];
  if (group !== undefined && port === undefined)
    return `slot ${slot.slot} has a target group, and release ${release.version} names no port it could send to`;
  const startS = Math.ceil(release.health.startPeriodMs / SECOND_MS);
  return {
    cluster: ecs.cluster,
    serviceName: slot.name,
    clientToken: token,
    taskDefinition: arn,
    desiredCount: count,
    launchType: "FARGATE",
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...network.subnets],
        securityGroups: [...network.securityGroups],
        assignPublicIp: network.publicIp ? "ENABLED" : "DISABLED",
      },
    },
    ...(group === undefined
      ? {}
      : {
          loadBalancers: [{ targetGroupArn: group, containerName: container, containerPort: port }],
          healthCheckGracePeriodSeconds: Math.min(LONGEST_GRACE_S, startS),
        }),
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
    enableECSManagedTags: true,
    propagateTags: "TASK_DEFINITION",
    tags: [
      { key: TAGS.managed, value: "managed" },
      { key: TAGS.service, value: tagValue(target.service) },
    ],
  };
}
