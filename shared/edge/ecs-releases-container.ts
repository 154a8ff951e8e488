import type { ContainerDefinition, HealthCheck, KeyValuePair, Secret, Volume } from "@aws-sdk/client-ecs";
import type { Release, ReleaseVolume } from "../core/kernel/release.ts";
import { SECOND_MS } from "../core/kernel/time.ts";

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const seconds = (ms: number) => Math.ceil(ms / SECOND_MS);

export interface Environment {
  readonly environment: KeyValuePair[];
  readonly secrets: Secret[];
}

/**
 * Values as they stand, and references as what ECS resolves itself: they appear nowhere. What the release does not name stays, but for what a former release named.
 *
 * @returns a sentence where a value cannot be had on ECS
 */
export function environmentOf(
  release: Release,
  standard: Readonly<Record<string, string>>,
  base: ContainerDefinition | undefined,
  former: Release["environment"] = {},
): Environment | string {
  const plain = new Map((base?.environment ?? []).map(({ name, value }) => [name ?? "", value ?? ""]));
  const secrets = new Map((base?.secrets ?? []).map((one) => [one.name ?? "", one.valueFrom ?? ""]));
  for (const name of Object.keys(former)) {
    plain.delete(name);
    secrets.delete(name);
  }
  for (const [name, value] of Object.entries({ ...release.environment, ...standard })) {
    plain.delete(name);
    secrets.delete(name);
    const [, scheme, rest = ""] = /^(ssm|secretsmanager|env|file|text):([\s\S]*)$/.exec(value) ?? [];
    if (scheme === "ssm" || scheme === "secretsmanager") secrets.set(name, rest);
    else if (scheme === "env" || (scheme === "file" && !rest.startsWith("//")))
      return `environment ${name}: ${scheme}: names something of one machine; on ECS a reference is ssm:/path or secretsmanager:ARN`;
    else plain.set(name, scheme === "text" ? rest : value);
  }
  return {
    environment: [...plain].sort(byName).map(([name, value]) => ({ name, value })),
    secrets: [...secrets].sort(byName).map(([name, valueFrom]): Secret => ({ name, valueFrom })),
  };
}

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]) => (a < b ? -1 : 1);

/** Health check inside the container, in what ECS takes: 5 to 300 s, 2 to 60 s, 1 to 10 tries, at most 300 s at the start. */
export function healthOf({ health }: Release): HealthCheck | undefined {
  if (!health.command || health.command.length === 0) return undefined;
  const [first = ""] = health.command;
  const command = /^(CMD|CMD-SHELL|NONE)$/.test(first) ? [...health.command] : ["CMD", ...health.command];
  return {
    command,
    interval: clamp(seconds(health.intervalMs), 5, 300),
    timeout: clamp(seconds(health.timeoutMs), 2, 60),
    retries: clamp(Math.round(health.retries), 1, 10),
    startPeriod: clamp(seconds(health.startPeriodMs), 0, 300),
  };
}

/** A service starts its tasks again whatever happens; this is about the container, which is quicker. */
export function restartOf(policy: Release["restartPolicy"]): ContainerDefinition["restartPolicy"] {
  if (policy === "no") return { enabled: false };
  return policy === "on-failure" ? { enabled: true, ignoredExitCodes: [0] } : { enabled: true };
}

const EFS = /^(?:efs:(?:\/\/)?)?(fs-[0-9a-f]{8,40})(\/.*)?$/;

/** @returns a sentence where ECS cannot have it */
export function volumeOf({ source }: ReleaseVolume, index: number, isFargate: boolean): Volume | string {
  const name = `headgate-${index}`;
  const [, fileSystemId, rootDirectory] = EFS.exec(source) ?? [];
  if (fileSystemId !== undefined)
    return {
      name,
      efsVolumeConfiguration: {
        fileSystemId,
        transitEncryption: "ENABLED",
        ...(rootDirectory === undefined ? {} : { rootDirectory }),
      },
    };
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(source)) return { name, host: {} };
  if (isFargate || !source.startsWith("/"))
    return `volume ${source}: a task of Fargate has no folder of its host; give fs-… of an EFS, or a name for one that is empty at each start`;
  return { name, host: { sourcePath: source } };
}
