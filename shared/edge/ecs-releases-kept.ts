import type { TaskDefinition } from "@aws-sdk/client-ecs";
import type { Release } from "../core/kernel/release.ts";
import { SECOND_MS } from "../core/kernel/time.ts";
import { mainContainer } from "./ecs-releases-main.ts";
import { UNITS_PER_CPU } from "./ecs-releases-size.ts";

/** Label of the container that is the service: the release it was made from, as JSON. References stand in it, never what they stand for. */
export const RELEASE_LABEL = "headgate.release";

const isRelease = (value: unknown): value is Release =>
  typeof value === "object" && value !== null && "version" in value && "environment" in value && "resources" in value;

/** The release that Headgate made a definition from; undefined: another tool made it. */
export function ownRelease(definition: TaskDefinition, service: string): Release | undefined {
  const text = mainContainer(definition, service)?.dockerLabels?.[RELEASE_LABEL];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRelease(value) ? value : undefined;
  } catch {
    // Somebody edited it; what the definition itself says is left.
    return undefined;
  }
}

const sum = (numbers: readonly (number | undefined)[]) => numbers.reduce<number>((all, one) => all + (one ?? 0), 0);

/**
 * What a definition is as a release, for a next one that says only what is new. Of one that another tool made the environment is left out: it
 * may hold secrets in plain text, and it is kept in the next definition without being written down anywhere else.
 */
export function releaseOf(definition: TaskDefinition, service: string, version: string): Release | undefined {
  const own = ownRelease(definition, service);
  if (own) return { ...own, version };
  const main = mainContainer(definition, service);
  if (!main) return undefined;
  const others = (definition.containerDefinitions ?? []).filter((one) => one !== main);
  const units = (definition.cpu ? Number(definition.cpu) : 0) - sum(others.map(({ cpu }) => cpu));
  const memory =
    (definition.memory ? Number(definition.memory) : 0) - sum(others.map((one) => one.memory ?? one.memoryReservation));
  const { healthCheck } = main;
  return {
    version,
    ...(main.image === undefined ? {} : { image: main.image }),
    ...(main.command?.length ? { command: main.command } : {}),
    environment: {},
    resources: {
      memoryMb: main.memory ?? main.memoryReservation ?? (memory > 0 ? memory : 1024),
      cpus: (main.cpu || (units > 0 ? units : UNITS_PER_CPU)) / UNITS_PER_CPU,
    },
    ports: (main.portMappings ?? []).flatMap(({ containerPort, protocol }) =>
      containerPort === undefined ? [] : [{ container: containerPort, host: 0, protocol: protocol ?? "tcp" }],
    ),
    volumes: [],
    restartPolicy: "unless-stopped",
    health: {
      ...(healthCheck?.command ? { command: healthCheck.command } : {}),
      intervalMs: (healthCheck?.interval ?? 30) * SECOND_MS,
      timeoutMs: (healthCheck?.timeout ?? 5) * SECOND_MS,
      retries: healthCheck?.retries ?? 3,
      startPeriodMs: (healthCheck?.startPeriod ?? 0) * SECOND_MS,
    },
    metricsPath: "/metrics",
  };
}
