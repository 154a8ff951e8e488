import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { ServiceRef } from "../../shared/core/ports/fleet.ts";
import { type JsonMembers, jsonWire, type Wire, WireFault } from "./wire.ts";

const ACCOUNT = "123456789012";

interface Task {
  readonly id: string;
  readonly startsAt: Millis;
  health: "HEALTHY" | "UNHEALTHY" | "UNKNOWN";
  /** Address of its network interface; undefined: it shares its host's. */
  host: string | undefined;
}

interface Service {
  readonly cluster: string;
  readonly name: string;
  readonly region: string;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  schedulingStrategy: "REPLICA" | "DAEMON";
  desired: number;
  tasks: Task[];
  /** Until when a second deployment replaces tasks; undefined: none. */
  deployingUntil: Millis | undefined;
  events: { readonly at: Millis; readonly message: string }[];
  made: number;
}

/** ECS as far as Headgate sees it, on a clock of its own: tasks take `startMs` from PENDING to RUNNING, stopping is at once. */
export interface EcsWire extends Wire {
  add(ref: ServiceRef, desired: number, options?: { readonly schedulingStrategy?: "DAEMON" }): void;
  external(ref: ServiceRef, desired: number): void;
  /** A deployment begins and ends by itself after `lastsMs`. */
  deploy(ref: ServiceRef, lastsMs: DurationMs): void;
  setStatus(ref: ServiceRef, status: Service["status"]): void;
  /** Health of the first `count` running tasks. */
  sicken(ref: ServiceRef, count: number): void;
  /** Tasks without a network interface of their own, as with the network modes bridge and host. */
  unplug(ref: ServiceRef): void;
  /** An event in ECS's words, newest first when read. */
  event(ref: ServiceRef, message: string): void;
  readonly desired: (ref: ServiceRef) => number | undefined;
}

const taskOf = (number: number, startsAt: Millis): Task => ({
  id: `${number}`.padStart(32, "0"),
  startsAt,
  health: "UNKNOWN",
  host: `10.${(number >> 16) % 256}.${(number >> 8) % 256}.${number % 256}`,
});

const short = (nameOrArn: string) => nameOrArn.split("/").at(-1) ?? nameOrArn;

function text(input: JsonMembers, name: string): string {
  const value = input[name];
  if (typeof value !== "string" || value === "") throw new WireFault("InvalidParameterException", `${name} is missing`);
  return value;
}

function texts(input: JsonMembers, name: string, most: number): readonly string[] {
  const value = input[name];
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => typeof one === "string"))
    throw new WireFault("InvalidParameterException", `${name} cannot be empty.`);
  if (value.length > most) throw new WireFault("InvalidParameterException", `${name} can have at most ${most} items.`);
  return value;
}

export async function ecsWire(options: {
  readonly now: () => Millis;
  readonly startMs?: DurationMs;
}): Promise<EcsWire> {
  const { now } = options;
  const startMs = options.startMs ?? 60_000;
  const services = new Map<string, Service>();
  const clusters = new Set<string>();

  const keyOf = (cluster: string, service: string) => `${short(cluster)}/${short(service)}`;
  const known = (ref: ServiceRef): Service => {
    const found = services.get(keyOf(ref.ecs?.cluster ?? "", ref.ecs?.service ?? ""));
    if (!found) throw new RangeError(`the ECS fake has no ${ref.name}`);
    return found;
  };
  const arn = (kind: string, service: Service, tail = "") =>
    `arn:aws:ecs:${service.region}:${ACCOUNT}:${kind}/${service.cluster}${tail}`;
  const resize = (service: Service, desired: number, startsAt: Millis) => {
    service.desired = desired;
    while (service.tasks.length < desired) service.tasks.push(taskOf(service.made++, startsAt));
    service.tasks.length = desired;
  };
  const isRunning = (task: Task) => now() >= task.startsAt;

  const cluster = (input: JsonMembers): string => {
    const name = short(typeof input["cluster"] === "string" ? input["cluster"] : "default");
    if (!clusters.has(name)) throw new WireFault("ClusterNotFoundException", "Cluster not found.");
    return name;
  };

  const view = (service: Service) => {
    const running = service.tasks.filter(isRunning).length;
    const deploying = service.deployingUntil !== undefined && now() < service.deployingUntil;
    const deployment = (id: string, status: string, state: string, count: number) => ({
      id: `ecs-svc/${id}`,
      status,
      desiredCount: count,
      pendingCount: 0,
      runningCount: count,
      failedTasks: 0,
      rolloutState: state,
    });
    return {
      serviceArn: arn("service", service, `/${service.name}`),
      serviceName: service.name,
      clusterArn: arn("cluster", service),
      status: service.status,
      schedulingStrategy: service.schedulingStrategy,
      desiredCount: service.desired,
      runningCount: running,
      pendingCount: service.tasks.length - running,
      deployments: deploying
        ? [deployment("2", "PRIMARY", "IN_PROGRESS", 0), deployment("1", "ACTIVE", "COMPLETED", service.desired)]
        : [deployment("1", "PRIMARY", "COMPLETED", service.desired)],
      events: service.events.map((one, index) => ({ id: `${index}`, createdAt: one.at / 1000, message: one.message })),
    };
  };

  const taskView = (service: Service, task: Task) => ({
    taskArn: arn("task", service, `/${task.id}`),
    clusterArn: arn("cluster", service),
    lastStatus: isRunning(task) ? "RUNNING" : "PENDING",
    desiredStatus: "RUNNING",
    healthStatus: task.health,
    availabilityZone: `${service.region}${"abc"[Number(task.id) % 3]}`,
    taskDefinitionArn: `arn:aws:ecs:${service.region}:${ACCOUNT}:task-definition/${service.name}:12`,
    attachments: task.host
      ? [
          {
            id: `eni-${task.id}`,
            type: "ElasticNetworkInterface",
            status: "ATTACHED",
            details: [
              { name: "subnetId", value: "subnet-1" },
              { name: "privateIPv4Address", value: task.host },
            ],
          },
        ]
      : [],
    ...(isRunning(task) ? { startedAt: task.startsAt / 1000 } : {}),
  });

  const wire = await jsonWire("1.1", "AmazonEC2ContainerServiceV20141113", {
    DescribeServices: (input) => {
      const name = cluster(input);
      const asked = texts(input, "services", 10);
      const found = asked.flatMap((one) => services.get(keyOf(name, one)) ?? []);
      const failures = asked
        .filter((one) => !services.has(keyOf(name, one)))
        .map((one) => ({
          arn: `arn:aws:ecs:eu-central-1:${ACCOUNT}:service/${name}/${short(one)}`,
          reason: "MISSING",
        }));
      return { services: found.map(view), failures };
    },
    UpdateService: (input) => {
      const service = services.get(keyOf(cluster(input), text(input, "service")));
      if (!service) throw new WireFault("ServiceNotFoundException", "Service not found.");
      if (service.status !== "ACTIVE") throw new WireFault("ServiceNotActiveException", "Service was not ACTIVE.");
      const desired = input["desiredCount"];
      if (typeof desired !== "number" || !Number.isInteger(desired) || desired < 0)
        throw new WireFault("InvalidParameterException", "desiredCount must be a whole number from 0");
      if (service.schedulingStrategy === "DAEMON")
        throw new WireFault(
          "InvalidParameterException",
          "The daemon scheduling strategy does not support a desired count",
        );
      resize(service, desired, now() + startMs);
      return { service: view(service) };
    },
    ListTasks: (input) => {
      const service = services.get(keyOf(cluster(input), text(input, "serviceName")));
      if (!service) throw new WireFault("ServiceNotFoundException", "Service not found.");
      const size = Math.min(100, Number(input["maxResults"] ?? 100));
      const from = Number(input["nextToken"] ?? 0);
      const arns = service.tasks.map((task) => arn("task", service, `/${task.id}`));
      const more = from + size < arns.length;
      return { taskArns: arns.slice(from, from + size), ...(more ? { nextToken: `${from + size}` } : {}) };
    },
    DescribeTasks: (input) => {
      const name = cluster(input);
      const asked = new Set(texts(input, "tasks", 100).map(short));
      const own = [...services.values()].filter((service) => service.cluster === name);
      return {
        tasks: own.flatMap((service) =>
          service.tasks.filter((task) => asked.has(task.id)).map((task) => taskView(service, task)),
        ),
        failures: [],
      };
    },
  });

  return {
    ...wire,
    add: (ref, desired, given) => {
      if (!ref.ecs) throw new RangeError(`${ref.name} has no ECS address`);
      const service: Service = {
        cluster: short(ref.ecs.cluster),
        name: short(ref.ecs.service),
        region: ref.ecs.region ?? "eu-central-1",
        status: "ACTIVE",
        schedulingStrategy: given?.schedulingStrategy ?? "REPLICA",
        desired: 0,
        tasks: [],
        deployingUntil: undefined,
        events: [],
        made: services.size * 10_000 + 1,
      };
      clusters.add(service.cluster);
      services.set(keyOf(service.cluster, service.name), service);
      resize(service, desired, now());
    },
    external: (ref, desired) => resize(known(ref), desired, now() + startMs),
    deploy: (ref, lastsMs) => {
      known(ref).deployingUntil = now() + lastsMs;
    },
    setStatus: (ref, status) => {
      known(ref).status = status;
    },
    sicken: (ref, count) => {
      for (const task of known(ref).tasks.filter(isRunning).slice(0, count)) task.health = "UNHEALTHY";
    },
    unplug: (ref) => {
      for (const task of known(ref).tasks) task.host = undefined;
    },
    event: (ref, message) => void known(ref).events.unshift({ at: now(), message }),
    desired: (ref) => services.get(keyOf(ref.ecs?.cluster ?? "", ref.ecs?.service ?? ""))?.desired,
  };
}
