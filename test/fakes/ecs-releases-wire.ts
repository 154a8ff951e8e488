import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import { type JsonMembers, jsonWire, type Wire, WireFault } from "./wire.ts";

const ACCOUNT = "123456789012";
const ARN = `arn:aws:ecs:eu-central-1:${ACCOUNT}`;
/** ECS keeps stopped tasks for an hour. */
const REMEMBERED_MS = 3_600_000;
/** Starts that may fail before the circuit breaker gives a deployment up (its minimum). */
const BREAKER = 3;

/** How tasks of an image turn out: by the word that the image's name contains. */
type Behaviour = "ok" | "crash" | "missing" | "unhealthy";

interface Task {
  readonly id: string;
  readonly deployment: string;
  readonly definition: string;
  readonly startsAt: Millis;
  stoppedAt: Millis | undefined;
  stop: { readonly stopCode: string; readonly stoppedReason: string; readonly exitCode?: number } | undefined;
}

interface Deployment {
  readonly id: string;
  readonly definition: string;
  readonly createdAt: Millis;
  status: "PRIMARY" | "ACTIVE";
  desired: number;
  state: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  failed: number;
}

interface Service {
  readonly cluster: string;
  readonly name: string;
  status: string;
  readonly token: string | undefined;
  readonly input: JsonMembers;
  readonly tags: Map<string, string>;
  readonly events: { readonly at: Millis; readonly message: string }[];
  deployments: Deployment[];
  tasks: Task[];
  desired: number;
}

interface Registered {
  readonly arn: string;
  readonly input: JsonMembers;
  readonly tags: readonly unknown[];
}

/** Amazon ECS as far as releases see it: definitions with revisions and tags, rolling deployments, tasks that fail. On a clock of its own. */
export interface EcsReleasesWire extends Wire {
  /** A service that another tool made. */
  add(name: string, image: string, count: number, more?: JsonMembers): void;
  readonly definitions: () => readonly JsonMembers[];
  readonly created: () => readonly JsonMembers[];
  readonly serviceTags: (name: string) => Readonly<Record<string, string>>;
  /** By another hand. */
  tag(name: string, key: string, value: string): void;
  readonly desired: (name: string) => number | undefined;
  setStatus(name: string, status: string): void;
  /** Another hand deploys. */
  deploy(name: string, definition: string): void;
  event(name: string, message: string): void;
}

const short = (nameOrArn: string) => nameOrArn.split("/").at(-1) ?? nameOrArn;
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

export async function ecsReleasesWire(options: {
  readonly now: () => Millis;
  readonly startMs?: DurationMs;
}): Promise<EcsReleasesWire> {
  const { now } = options;
  const startMs = options.startMs ?? 20_000;
  const families = new Map<string, Registered[]>();
  const services = new Map<string, Service>();
  const created: JsonMembers[] = [];
  let ids = 0;
  const fresh = () => `${++ids}`.padStart(16, "0");

  const register = (input: JsonMembers): Registered => {
    const family = String(input["family"]);
    const containers = input["containerDefinitions"] as readonly JsonMembers[];
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(family)) throw new WireFault("ClientException", "invalid family");
    for (const one of containers)
      if (!one["image"]) throw new WireFault("ClientException", "Container.image should not be null or empty.");
    const revisions = families.get(family) ?? [];
    const arn = `${ARN}:task-definition/${family}:${revisions.length + 1}`;
    const kept = { arn, input, tags: (input["tags"] ?? []) as readonly unknown[] };
    families.set(family, [...revisions, kept]);
    return kept;
  };
  const definitionOf = (nameOrArn: string): Registered => {
    const [family = "", revision] = short(nameOrArn).split(":");
    const revisions = families.get(family) ?? [];
    const found = revision === undefined ? revisions.at(-1) : revisions[Number(revision) - 1];
    if (!found) throw new WireFault("ClientException", "Unable to describe task definition.");
    return found;
  };
  const mainOf = ({ input }: Registered) => (input["containerDefinitions"] as readonly JsonMembers[])[0] as JsonMembers;
  const behaviourOf = (definition: string): Behaviour => {
    const image = String(mainOf(definitionOf(definition))["image"]);
    return (["crash", "missing", "unhealthy"] as const).find((word) => image.includes(word)) ?? "ok";
  };

  const deploy = (service: Service, definition: string) => {
    for (const one of service.deployments) one.status = "ACTIVE";
    service.deployments.unshift({
      id: `ecs-svc/${fresh()}`,
      definition,
      createdAt: now(),
      status: "PRIMARY",
      desired: service.desired,
      state: "IN_PROGRESS",
      failed: 0,
    });
  };

  const isRunning = (task: Task) => task.stoppedAt === undefined && now() >= task.startsAt;
  const isHealthy = (task: Task) => isRunning(task) && behaviourOf(task.definition) !== "unhealthy";

  /** Lets the service follow: tasks start, fail and are replaced, old deployments are drained. */
  const follow = (service: Service): Service => {
    const [primary] = service.deployments;
    if (!primary) return service;
    primary.desired = service.desired;
    const own = () => service.tasks.filter((one) => one.deployment === primary.id && one.stoppedAt === undefined);
    for (let again = true; again; ) {
      again = false;
      for (const task of own()) {
        const behaviour = behaviourOf(task.definition);
        if (behaviour === "ok" || behaviour === "unhealthy" || now() < task.startsAt) continue;
        task.stoppedAt = task.startsAt;
        task.stop =
          behaviour === "missing"
            ? {
                stopCode: "TaskFailedToStart",
                stoppedReason:
                  "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/shop/missing:1: not found",
              }
            : {
                stopCode: "EssentialContainerExited",
                stoppedReason: "Essential container in task exited",
                exitCode: 1,
              };
        primary.failed++;
        again = true;
      }
      const breaker = service.input["deploymentConfiguration"] as JsonMembers | undefined;
      const armed = (breaker?.["deploymentCircuitBreaker"] as JsonMembers | undefined)?.["enable"] === true;
      if (armed && primary.failed >= BREAKER) primary.state = "FAILED";
      const missing = primary.state === "FAILED" ? 0 : primary.desired - own().length;
      const last = Math.max(primary.createdAt, ...service.tasks.map(({ stoppedAt }) => stoppedAt ?? 0));
      for (let index = 0; index < missing; index++)
        service.tasks.push({
          id: fresh().padStart(32, "0"),
          deployment: primary.id,
          definition: primary.definition,
          startsAt: Math.max(last, service.tasks.length === 0 ? primary.createdAt : last) + startMs,
          stoppedAt: undefined,
          stop: undefined,
        });
      again &&= missing > 0;
    }
    const stop = (task: Task) => {
      task.stoppedAt = now();
      task.stop = {
        stopCode: "ServiceSchedulerInitiated",
        stoppedReason: `Scaling activity initiated by (deployment ${primary.id})`,
      };
    };
    for (const task of own().slice(Math.max(0, primary.desired))) stop(task);
    const isDone = own().filter(isHealthy).length >= primary.desired;
    if (isDone && primary.state === "IN_PROGRESS") primary.state = "COMPLETED";
    if (primary.state === "COMPLETED") {
      for (const task of service.tasks) if (task.deployment !== primary.id && task.stoppedAt === undefined) stop(task);
      service.deployments = [primary];
    }
    for (const old of service.deployments.slice(1))
      old.desired = service.tasks.filter((one) => one.deployment === old.id && one.stoppedAt === undefined).length;
    service.tasks = service.tasks.filter(
      ({ stoppedAt }) => stoppedAt === undefined || now() - stoppedAt < REMEMBERED_MS,
    );
    return service;
  };

  const keyOf = (input: JsonMembers, name: unknown) => `${short(String(input["cluster"]))}/${short(String(name))}`;
  const active = (input: JsonMembers, name: unknown): Service => {
    const found = services.get(keyOf(input, name));
    if (!found) throw new WireFault("ServiceNotFoundException", "Service not found.");
    if (found.status !== "ACTIVE") throw new WireFault("ServiceNotActiveException", "Service was not ACTIVE.");
    return follow(found);
  };
  const tagList = (tags: ReadonlyMap<string, string>) => [...tags].map(([key, value]) => ({ key, value }));
  const arnOf = (service: Service) => `${ARN}:service/${service.cluster}/${service.name}`;

  const deploymentView = (service: Service, one: Deployment) => {
    const alive = service.tasks.filter((task) => task.deployment === one.id && task.stoppedAt === undefined);
    return {
      id: one.id,
      status: one.status,
      taskDefinition: one.definition,
      desiredCount: one.desired,
      pendingCount: alive.filter((task) => !isRunning(task)).length,
      runningCount: alive.filter(isRunning).length,
      failedTasks: one.failed,
      rolloutState: one.state,
      createdAt: one.createdAt / 1000,
    };
  };
  const view = (service: Service, include: readonly string[]) => {
    const deployments = service.deployments.map((one) => deploymentView(service, one));
    const total = (name: "runningCount" | "pendingCount") => deployments.reduce((sum, one) => sum + one[name], 0);
    return {
      ...service.input,
      serviceArn: arnOf(service),
      serviceName: service.name,
      status: service.status,
      desiredCount: service.desired,
      runningCount: total("runningCount"),
      pendingCount: total("pendingCount"),
      taskDefinition: service.deployments[0]?.definition,
      deployments,
      events: service.events.map(({ at, message }, index) => ({ id: `${index}`, createdAt: at / 1000, message })),
      tags: include.includes("TAGS") ? tagList(service.tags) : [],
    };
  };
  const hostOf = (task: Task) => `10.0.${Number(task.id) >> 8}.${Number(task.id) % 256}`;
  const taskView = (service: Service, task: Task) => {
    const checked = mainOf(definitionOf(task.definition))["healthCheck"] !== undefined;
    const isStopped = task.stoppedAt !== undefined;
    return {
      taskArn: `${ARN}:task/${service.cluster}/${task.id}`,
      taskDefinitionArn: task.definition,
      startedBy: task.deployment,
      lastStatus: isStopped ? "STOPPED" : isRunning(task) ? "RUNNING" : "PENDING",
      desiredStatus: isStopped ? "STOPPED" : "RUNNING",
      healthStatus: !checked || !isRunning(task) ? "UNKNOWN" : isHealthy(task) ? "HEALTHY" : "UNHEALTHY",
      ...(now() >= task.startsAt ? { startedAt: task.startsAt / 1000 } : {}),
      ...(isStopped ? { stoppedAt: (task.stoppedAt ?? 0) / 1000, ...task.stop } : {}),
      containers: [
        {
          name: mainOf(definitionOf(task.definition))["name"],
          ...(task.stop?.exitCode === undefined ? {} : { exitCode: task.stop.exitCode }),
        },
      ],
      attachments: [
        {
          type: "ElasticNetworkInterface",
          status: "ATTACHED",
          details: [{ name: "privateIPv4Address", value: hostOf(task) }],
        },
      ],
    };
  };
  const make = (input: JsonMembers): Service => {
    const service: Service = {
      cluster: short(String(input["cluster"])),
      name: String(input["serviceName"]),
      status: "ACTIVE",
      token: input["clientToken"] as string | undefined,
      input: { schedulingStrategy: "REPLICA", ...input },
      tags: new Map(((input["tags"] ?? []) as { key: string; value: string }[]).map(({ key, value }) => [key, value])),
      events: [],
      deployments: [],
      tasks: [],
      desired: Number(input["desiredCount"]),
    };
    services.set(keyOf(input, service.name), service);
    deploy(service, definitionOf(String(input["taskDefinition"])).arn);
    return follow(service);
  };

  const wire = await jsonWire("1.1", "AmazonEC2ContainerServiceV20141113", {
    DescribeServices: (input) => {
      const found = texts(input["services"]).flatMap((name) => services.get(keyOf(input, name)) ?? []);
      return { services: found.map((one) => view(follow(one), texts(input["include"]))), failures: [] };
    },
    DescribeTaskDefinition: (input) => {
      const { arn, input: registered, tags } = definitionOf(String(input["taskDefinition"]));
      const { tags: _, ...rest } = registered;
      return {
        taskDefinition: { ...rest, taskDefinitionArn: arn },
        ...(texts(input["include"]).includes("TAGS") ? { tags } : {}),
      };
    },
    RegisterTaskDefinition: (input) => {
      const { arn } = register(input);
      return { taskDefinition: { ...input, taskDefinitionArn: arn } };
    },
    CreateService: (input) => {
      const there = services.get(keyOf(input, input["serviceName"]));
      if (there?.status === "ACTIVE" && there.token !== undefined && there.token === input["clientToken"])
        return { service: view(there, []) };
      if (there && there.status !== "INACTIVE")
        throw new WireFault("InvalidParameterException", "Creation of service was not idempotent.");
      if (typeof input["clientToken"] === "string" && input["clientToken"].length > 36)
        throw new WireFault("InvalidParameterException", "clientToken has at most 36 characters");
      created.push(input);
      return { service: view(make(input), []) };
    },
    UpdateService: (input) => {
      const service = active(input, input["service"]);
      if (input["desiredCount"] !== undefined) service.desired = Number(input["desiredCount"]);
      const next = input["taskDefinition"] && definitionOf(String(input["taskDefinition"])).arn;
      const isOther = next && next !== service.deployments[0]?.definition;
      if (isOther || input["forceNewDeployment"] === true)
        deploy(service, String(next ?? service.deployments[0]?.definition));
      return { service: view(follow(service), []) };
    },
    TagResource: (input) => {
      const name = short(String(input["resourceArn"]));
      const service = [...services.values()].find((one) => one.name === name);
      if (!service) throw new WireFault("InvalidParameterException", "no such resource");
      for (const { key, value } of input["tags"] as { key: string; value: string }[]) service.tags.set(key, value);
      return {};
    },
    ListTasks: (input) => {
      const service = active(input, input["serviceName"]);
      const wanted = input["desiredStatus"] ?? "RUNNING";
      const found = service.tasks.filter(({ stoppedAt }) => (stoppedAt === undefined) === (wanted === "RUNNING"));
      const size = Number(input["maxResults"] ?? 100);
      const from = Number(input["nextToken"] ?? 0);
      const page = found.slice(from, from + size);
      return {
        taskArns: page.map((task) => `${ARN}:task/${service.cluster}/${task.id}`),
        ...(from + size < found.length ? { nextToken: `${from + size}` } : {}),
      };
    },
    DescribeTasks: (input) => {
      const asked = new Set(texts(input["tasks"]).map(short));
      return {
        tasks: [...services.values()].flatMap((service) =>
          service.tasks.filter(({ id }) => asked.has(id)).map((task) => taskView(service, task)),
        ),
        failures: [],
      };
    },
  });

  const known = (name: string): Service => {
    const found = [...services.values()].find((one) => one.name === name);
    if (!found) throw new RangeError(`the ECS fake has no ${name}`);
    return found;
  };
  return {
    ...wire,
    add: (name, image, count, more = {}) => {
      const { containers, ...service } = more;
      const { arn } = register({
        family: name,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/execution`,
        containerDefinitions: containers ?? [
          { name: "main", image, essential: true, portMappings: [{ containerPort: 8080, protocol: "tcp" }] },
        ],
      });
      const made = make({ cluster: "data", serviceName: name, taskDefinition: arn, desiredCount: count, ...service });
      // It has been there for long.
      made.tasks = made.tasks.map((task) => ({ ...task, startsAt: task.startsAt - 3_600_000 }));
      follow(made);
    },
    definitions: () => [...families.values()].flatMap((all) => all.map(({ input }) => input)),
    created: () => created,
    serviceTags: (name) => Object.fromEntries(known(name).tags),
    tag: (name, key, value) => void known(name).tags.set(key, value),
    desired: (name) => [...services.values()].find((one) => one.name === name)?.desired,
    setStatus: (name, status) => {
      known(name).status = status;
    },
    deploy: (name, definition) => {
      const service = known(name);
      deploy(service, definitionOf(definition).arn);
      follow(service);
    },
    event: (name, message) => void known(name).events.unshift({ at: now(), message }),
  };
}
