import type { Deployment, ECSClient, Service, Tag, Task, TaskDefinition } from "@aws-sdk/client-ecs";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ReleaseTarget } from "../core/ports/releases.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsErrorName } from "./aws-errors.ts";
import { shortName } from "./ecs-read.ts";

type Ecs = NonNullable<ReleaseTarget["ecs"]>;

/** A task definition with its tags; it never changes once it is there. */
export interface Definition {
  readonly arn: string;
  readonly definition: TaskDefinition;
  readonly tags: Readonly<Record<string, string>>;
}

/** One deployment of an ECS service, with what it runs. */
export interface DeploymentLook {
  readonly deployment: Deployment;
  readonly isPrimary: boolean;
  readonly definition: Definition;
  /** Those that ECS wants running, or that have not stopped yet. */
  readonly tasks: readonly Task[];
  /** Those that stopped within the last hour; ECS forgets them then. */
  readonly stopped: readonly Task[];
}

/** One slot as it is. */
export interface SlotLook {
  readonly slot: string;
  /** Short name of the ECS service. */
  readonly name: string;
  /** Absent: there is none, or it was deleted. */
  readonly service?: Service;
  readonly tags: Readonly<Record<string, string>>;
  /** The primary first. */
  readonly deployments: readonly DeploymentLook[];
  /** Address ("10.0.0.1:8080") or instance to its state, by the slot's target groups; absent: it has none, or they cannot be read. */
  readonly targets?: ReadonlyMap<string, string>;
}

export interface SlotReader {
  /** @param deep also tasks and targets; without it one request and one for each definition that is not known yet */
  read(ecs: Ecs, deep: boolean): Promise<readonly SlotLook[]>;
  definition(ecs: Ecs, familyOrArn: string): Promise<Definition | undefined>;
}

/** ListTasks and DescribeTasks take 100; a service's stopped tasks beyond them say nothing new. */
const TASKS = 100;
/** Definitions that are kept; each is asked for once. */
const KEPT = 200;

export const tagsOf = (tags: readonly Tag[] | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));

export interface SlotReaderOptions {
  readonly client: ClientSource<ECSClient>;
  /** Absent: health of target groups is not asked for. */
  readonly alb?: ClientSource<ElasticLoadBalancingV2Client>;
}

/** Reads the ECS services of a target's slots. Errors are the SDK's own. */
export function slotReader({ client: source, alb }: SlotReaderOptions): SlotReader {
  const definitions = new Map<string, Promise<Definition | undefined>>();
  const reach = ({ region }: Ecs) => Promise.all([clientOf(source, region), import("./ecs-releases-calls.ts")]);

  const askDefinition = async (ecs: Ecs, familyOrArn: string): Promise<Definition | undefined> => {
    const [client, calls] = await reach(ecs);
    try {
      const answer = await calls.describeDefinition(client, { taskDefinition: familyOrArn, include: ["TAGS"] });
      const { taskDefinition } = answer;
      if (!taskDefinition) return undefined;
      const arn = taskDefinition.taskDefinitionArn ?? familyOrArn;
      return { arn, definition: taskDefinition, tags: tagsOf(answer.tags) };
    } catch (error) {
      // "Unable to describe task definition": there is none of that family.
      if (awsErrorName(error) === "ClientException") return undefined;
      throw error;
    }
  };

  const known = (ecs: Ecs, arn: string): Promise<Definition | undefined> => {
    const found = definitions.get(arn);
    if (found) return found;
    const asked = askDefinition(ecs, arn);
    if (definitions.size >= KEPT) definitions.delete(definitions.keys().next().value ?? "");
    definitions.set(arn, asked);
    asked.then(
      (one) => one ?? definitions.delete(arn),
      () => definitions.delete(arn),
    );
    return asked;
  };

  const tasksOf = async (ecs: Ecs, service: string, desiredStatus: "RUNNING" | "STOPPED"): Promise<readonly Task[]> => {
    const [client, calls] = await reach(ecs);
    const { cluster } = ecs;
    const tasks: Task[] = [];
    let nextToken: string | undefined;
    do {
      const page = await calls.listTasks(client, {
        cluster,
        serviceName: service,
        desiredStatus,
        maxResults: TASKS,
        ...(nextToken ? { nextToken } : {}),
      });
      const arns = page.taskArns ?? [];
      if (arns.length > 0) tasks.push(...((await calls.describeTasks(client, { cluster, tasks: arns })).tasks ?? []));
      nextToken = desiredStatus === "STOPPED" ? undefined : page.nextToken;
    } while (nextToken);
    return tasks;
  };

  const targetsOf = async (ecs: Ecs, service: Service): Promise<ReadonlyMap<string, string> | undefined> => {
    const groups = (service.loadBalancers ?? []).flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
    if (!alb || groups.length === 0) return undefined;
    const client = await clientOf(alb, ecs.region);
    const { targetHealth } = await import("./ecs-releases-target-calls.ts");
    const all = await Promise.all(groups.map((arn) => targetHealth(client, arn)));
    return new Map(all.flatMap((one) => [...one]));
  };

  const look = async (ecs: Ecs, slot: string, name: string, service: Service, deep: boolean): Promise<SlotLook> => {
    const primary = (service.deployments ?? []).find(({ status }) => status === "PRIMARY");
    const listed = (service.deployments ?? []).filter(({ status }) => status === "PRIMARY" || status === "ACTIVE");
    // A service whose deployments are another's (CodeDeploy, external) lists none of its own.
    const deployments = (listed.length > 0 ? listed : [{ taskDefinition: service.taskDefinition, status: "PRIMARY" }])
      .filter((one) => one.taskDefinition !== undefined)
      .sort((a, b) => Number(b === primary) - Number(a === primary));
    const isEmpty = (service.desiredCount ?? 0) + (service.runningCount ?? 0) + (service.pendingCount ?? 0) === 0;
    const [running, stopped, targets] =
      deep && !isEmpty
        ? await Promise.all([tasksOf(ecs, name, "RUNNING"), tasksOf(ecs, name, "STOPPED"), targetsOf(ecs, service)])
        : [[], [], undefined];
    const looks = await Promise.all(
      deployments.map(async (deployment, index): Promise<DeploymentLook[]> => {
        const definition = await known(ecs, deployment.taskDefinition ?? "");
        if (!definition) return [];
        // Tasks know their deployment; where they do not (moto), their definition tells.
        const mine = ({ startedBy, taskDefinitionArn }: Task) =>
          startedBy?.startsWith("ecs-svc/") && deployment.id !== undefined
            ? startedBy === deployment.id
            : taskDefinitionArn === definition.arn;
        return [
          {
            deployment,
            isPrimary: index === 0,
            definition,
            tasks: running.filter(mine),
            stopped: stopped.filter(mine),
          },
        ];
      }),
    );
    return {
      slot,
      name,
      service,
      tags: tagsOf(service.tags),
      deployments: looks.flat(),
      ...(targets ? { targets } : {}),
    };
  };

  return {
    definition: askDefinition,
    read: async (ecs, deep) => {
      const [client, calls] = await reach(ecs);
      const slots = Object.entries(ecs.slots).map(([slot, name]) => [slot, shortName(name)] as const);
      let services: readonly Service[] = [];
      try {
        const names = slots.map(([, name]) => name);
        const answer = await calls.describeServices(client, {
          cluster: ecs.cluster,
          services: names,
          include: ["TAGS"],
        });
        services = (answer.services ?? []).filter(({ status }) => status !== "INACTIVE");
      } catch (error) {
        if (awsErrorName(error) !== "ClusterNotFoundException") throw error;
      }
      return Promise.all(
        slots.map(async ([slot, name]): Promise<SlotLook> => {
          const service = services.find(({ serviceName }) => serviceName === name);
          return service ? look(ecs, slot, name, service, deep) : { slot, name, tags: {}, deployments: [] };
        }),
      );
    },
  };
}
