import type { ECSClient, Service, TaskDefinition } from "@aws-sdk/client-ecs";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";

/** A service or a task definition as CreateService or RegisterTaskDefinition would take it again. */
export interface EcsSettings {
  readonly kind: "ecs-service" | "ecs-task-definition";
  /** "cluster/service", or "family:revision". */
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** DescribeServices takes ten at once (API reference). */
const AT_ONCE = 10;

/** What ECS says of a service on top of how it was made. */
const OF_THE_MOMENT = new Set([
  ...["status", "runningCount", "pendingCount", "deployments", "taskSets", "events", "createdAt", "createdBy"],
  ...["currentServiceDeployment", "currentServiceRevisions", "serviceArn", "roleArn"],
]);
const OF_THE_REVISION = new Set([
  ...["taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt"],
  ...["registeredBy", "deregisteredAt"],
]);

const without = (value: object, names: ReadonlySet<string>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(value).filter(([name, one]) => !names.has(name) && one !== undefined));
const shortName = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/**
 * Services of a cluster whose names are wanted, and the task definitions they run.
 *
 * @throws HeadgateError `fleet.unavailable`
 */
export async function readEcsSettings(
  source: ClientSource<ECSClient>,
  cluster: string,
  wanted: (service: string) => boolean,
  region?: string,
): Promise<readonly EcsSettings[]> {
  try {
    const [client, ecs] = await Promise.all([clientOf(source, region), import("./ecs-releases-calls.ts")]);
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecs.listServices(client, { cluster, maxResults: 100, ...(nextToken ? { nextToken } : {}) });
      names.push(...(page.serviceArns ?? []).map(shortName).filter(wanted));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    names.sort();
    const services: Service[] = [];
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const some = names.slice(from, from + AT_ONCE);
      const answer = await ecs.describeServices(client, { cluster, services: some, include: ["TAGS"] });
      services.push(...(answer.services ?? []).filter(({ status }) => status !== "INACTIVE"));
    }
    const definitions = [...new Set(services.flatMap(({ taskDefinition }) => taskDefinition ?? []))].sort();
    const read: EcsSettings[] = services.map((service) => ({
      kind: "ecs-service",
      name: `${shortName(cluster)}/${service.serviceName ?? ""}`,
      settings: without(service, OF_THE_MOMENT),
    }));
    for (const arn of definitions) {
      const { taskDefinition, tags } = await ecs.describeDefinition(client, { taskDefinition: arn, include: ["TAGS"] });
      if (!taskDefinition) continue;
      const tagged = tags && tags.length > 0 ? { tags } : {};
      const settings = { ...without(taskDefinition satisfies TaskDefinition, OF_THE_REVISION), ...tagged };
      read.push({ kind: "ecs-task-definition", name: shortName(arn), settings });
    }
    return read;
  } catch (error) {
    throw awsError("fleet.unavailable", `ECS cluster ${cluster} could not be read`, error);
  }
}
