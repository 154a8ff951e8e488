import { createHash } from "node:crypto";
import type {
  ContainerDefinition,
  RegisterTaskDefinitionCommandInput,
  TaskDefinition,
  Volume,
} from "@aws-sdk/client-ecs";
import { canonical, type Json } from "../core/kernel/json.ts";
import type { Release } from "../core/kernel/release.ts";
import type { ReleaseTarget } from "../core/ports/releases.ts";
import { environmentOf, healthOf, restartOf, volumeOf } from "./ecs-releases-container.ts";
import { ownRelease, RELEASE_LABEL } from "./ecs-releases-kept.ts";
import { mainContainer } from "./ecs-releases-main.ts";
import { fargateSize, UNITS_PER_CPU } from "./ecs-releases-size.ts";

/** Tags of what Headgate makes. Owners grant it their services by the first (docs/deploy.md). */
export const TAGS = {
  managed: "headgate",
  version: "headgate:version",
  rollout: "headgate:rollout",
  release: "headgate:release",
  service: "headgate:service",
  /** Of a definition that replaces another in place: the one it is gone back to. */
  former: "headgate:former",
} as const;

export interface TaskRequest {
  readonly target: ReleaseTarget;
  readonly ecs: NonNullable<ReleaseTarget["ecs"]>;
  readonly slot: string;
  readonly release: Release;
  /** What the version that serves runs by: its other containers, roles and logs are kept. */
  readonly base?: TaskDefinition;
  /** Environment that every service gets, beside the release's own. */
  readonly standard: Readonly<Record<string, string>>;
  readonly region?: string;
  /** Definition that is gone back to, where this one replaces it in place. */
  readonly former?: string;
  /** The action's key, kept as a tag. */
  readonly key: string;
}

export type TaskPlan =
  | { readonly input: RegisterTaskDefinitionCommandInput; readonly notes: readonly string[] }
  | { readonly why: string };

/** Family of the task definitions of one slot. */
export const familyOf = (service: string, slot: string): string =>
  `${service}-${slot}`.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 255);

/** Hash of what a release says, without when it is deployed: the same release is registered once. */
export const releaseHash = (release: Release): string =>
  createHash("sha256")
    .update(canonical(release as unknown as Json))
    .digest("hex")
    .slice(0, 32);

/** Values of tags have fewer characters than keys of actions. */
export const tagValue = (value: string): string => value.replace(/[^\p{L}\p{N} +=._:/@-]/gu, "-").slice(0, 256);

const sum = (numbers: readonly (number | undefined)[]) => numbers.reduce<number>((all, one) => all + (one ?? 0), 0);

/**
 * The task definition that a release is on ECS. What a release does not speak of (other containers, roles, logs, platform) is taken from the
 * definition that serves now, so that a rollout does not lose somebody's sidecar.
 *
 * @returns `why` with a sentence where ECS cannot run it
 */
export function planTask(request: TaskRequest): TaskPlan {
  const { target, ecs, slot, release, base, standard, former: replaced, key } = request;
  const { service } = target;
  const old = base && mainContainer(base, service);
  const image = release.image ?? old?.image;
  if (image === undefined) return { why: `release ${release.version} names no image, which is what ECS runs` };
  const isFargate = !base || (base.requiresCompatibilities ?? base.compatibilities ?? []).includes("FARGATE");
  const notes: string[] = [];

  // What a former release set and this one does not is over; what somebody else set stays.
  const former = base && ownRelease(base, service)?.environment;
  const values = environmentOf(release, standard, old, former);
  if (typeof values === "string") return { why: values };
  const executionRoleArn = ecs.executionRole ?? base?.executionRoleArn;
  const taskRoleArn = ecs.taskRole ?? base?.taskRoleArn;
  if (values.secrets.length > 0 && executionRoleArn === undefined)
    return {
      why: "references in the environment are read by ECS with an execution role; ecs.executionRole names none",
    };

  const volumes = release.volumes.map((one, index) => volumeOf(one, index, isFargate));
  const impossible = volumes.find((one) => typeof one === "string");
  if (typeof impossible === "string") return { why: impossible };

  const others = (base?.containerDefinitions ?? []).filter((one) => one !== old);
  const cpuUnits = Math.ceil(release.resources.cpus * UNITS_PER_CPU) + sum(others.map(({ cpu }) => cpu));
  const memoryMb =
    Math.ceil(release.resources.memoryMb) + sum(others.map((one) => one.memory ?? one.memoryReservation));
  const size = isFargate ? fargateSize(cpuUnits, memoryMb) : { cpuUnits, memoryMb };
  if (!size) return { why: `no task of Fargate has ${cpuUnits} CPU units and ${memoryMb} MiB` };
  if ("rounded" in size && size.rounded) notes.push(size.rounded);

  for (const port of release.ports)
    if (isFargate && port.host !== 0 && port.host !== port.container)
      notes.push(
        `each task has an address of its own, so port ${port.container} is reached as itself, not ${port.host}`,
      );
  if (release.restartPolicy === "no")
    notes.push("restart policy no: a service of ECS starts another task all the same");

  const region = ecs.region ?? request.region;
  if (ecs.logGroup !== undefined && region === undefined)
    return { why: `logs go to ${ecs.logGroup} of a region: give ecs.region` };
  const logs: ContainerDefinition["logConfiguration"] =
    ecs.logGroup === undefined
      ? old?.logConfiguration
      : {
          logDriver: "awslogs",
          options: {
            "awslogs-group": ecs.logGroup,
            "awslogs-region": region ?? "",
            "awslogs-stream-prefix": service,
          },
        };
  const healthCheck = healthOf(release) ?? old?.healthCheck;
  const mounts = release.volumes.map((one, index) => ({
    sourceVolume: `headgate-${index}`,
    containerPath: one.target,
    readOnly: one.readOnly,
  }));

  // Of former releases; a release that speaks of volumes replaces them, one that does not keeps all.
  const isFormer = (name: string | undefined) => mounts.length > 0 && (name ?? "").startsWith("headgate-");
  const foreignMounts = (old?.mountPoints ?? []).filter(({ sourceVolume }) => !isFormer(sourceVolume));
  const keptVolumes = (base?.volumes ?? []).filter(({ name }) => !isFormer(name));

  const main: ContainerDefinition = {
    ...old,
    name: old?.name ?? service.replace(/[^A-Za-z0-9_-]/g, "-"),
    image,
    essential: true,
    ...(release.command ? { command: [...release.command] } : {}),
    ...values,
    ...(release.ports.length === 0
      ? {}
      : {
          portMappings: release.ports.map((port) => ({
            containerPort: port.container,
            hostPort: isFargate ? port.container : port.host,
            protocol: port.protocol,
          })),
        }),
    ...(mounts.length === 0 ? {} : { mountPoints: [...foreignMounts, ...mounts] }),
    dockerLabels: { ...old?.dockerLabels, [RELEASE_LABEL]: canonical(release as unknown as Json) },
    restartPolicy: restartOf(release.restartPolicy),
    ...(healthCheck ? { healthCheck } : {}),
    ...(logs ? { logConfiguration: logs } : {}),
    ...(isFargate ? {} : { cpu: cpuUnits - sum(others.map(({ cpu }) => cpu)), memory: release.resources.memoryMb }),
  };
  if (isFargate) {
    // The task has the size; what a former definition reserved for the container would contradict it.
    delete main.cpu;
    delete main.memory;
    delete main.memoryReservation;
  }
  return {
    notes,
    input: {
      family: familyOf(service, slot),
      containerDefinitions: [main, ...others],
      networkMode: base?.networkMode ?? "awsvpc",
      ...(isFargate
        ? { requiresCompatibilities: ["FARGATE"] }
        : base?.requiresCompatibilities
          ? { requiresCompatibilities: base.requiresCompatibilities }
          : {}),
      ...(isFargate ? { cpu: String(size.cpuUnits), memory: String(size.memoryMb) } : {}),
      ...(executionRoleArn === undefined ? {} : { executionRoleArn }),
      ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
      volumes: [...keptVolumes, ...(volumes as Volume[])],
      ...(base?.runtimePlatform ? { runtimePlatform: base.runtimePlatform } : {}),
      ...(base?.placementConstraints?.length ? { placementConstraints: base.placementConstraints } : {}),
      ...(base?.proxyConfiguration ? { proxyConfiguration: base.proxyConfiguration } : {}),
      ...(base?.ephemeralStorage ? { ephemeralStorage: base.ephemeralStorage } : {}),
      tags: [
        { key: TAGS.managed, value: "managed" },
        { key: TAGS.service, value: tagValue(service) },
        { key: TAGS.version, value: tagValue(release.version) },
        { key: TAGS.release, value: releaseHash(release) },
        { key: TAGS.rollout, value: tagValue(key) },
        ...(replaced === undefined ? [] : [{ key: TAGS.former, value: tagValue(replaced) }]),
      ],
    },
  };
}
