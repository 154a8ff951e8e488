import type { ECSClient } from "@aws-sdk/client-ecs";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Millis } from "../core/kernel/time.ts";
import type { ReleaseResult, Releases, ReleaseTarget } from "../core/ports/releases.ts";
import type { ClientSource } from "./aws-clients.ts";
import { awsError, awsErrorName } from "./aws-errors.ts";
import { adoptVersion, type Changes, ensureVersion, removeVersion, resizeVersion } from "./ecs-releases-change.ts";
import { type LogReader, lastLogs } from "./ecs-releases-logs.ts";
import { slotReader } from "./ecs-releases-read.ts";
import { releasesStatus } from "./ecs-releases-status.ts";

export interface EcsReleasesOptions {
  readonly client: ClientSource<ECSClient>;
  /** Absent: tasks behind target groups are ready by their own health alone. */
  readonly alb?: ClientSource<ElasticLoadBalancingV2Client>;
  /** Absent: logs of versions are empty. */
  readonly logs?: LogReader;
  /** Epoch ms. */
  readonly now: () => Millis;
  /** Where the target names none, for logs. */
  readonly region?: string;
  /** Told of what could not be read beside what could. */
  readonly warn?: (message: string) => void;
}

/** What ECS answers when the request cannot be done at all; trying again would not help. */
const REFUSALS: Readonly<Record<string, string>> = {
  ServiceNotFoundException: "ECS knows no such service",
  ServiceNotActiveException: "the service is not active",
  ClusterNotFoundException: "ECS knows no such cluster",
  InvalidParameterException: "ECS does not accept it",
  ClientException: "ECS does not accept it",
  UnsupportedFeatureException: "ECS does not support it for this service",
  PlatformUnknownException: "ECS knows no such platform",
  PlatformTaskDefinitionIncompatibilityException: "the platform cannot run the task",
  LimitExceededException: "a limit of the account is reached",
  AccessDeniedException:
    "AWS does not let Headgate do it (it may change services with the tag headgate = managed, with roles that HEADGATE_DELIVERY_ROLES names)",
};

/** A number of instances that can be asked for. */
const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;

/**
 * Versions of services on Amazon ECS: one ECS service for each of two slots, scaled to none when its version is over and kept with its
 * definition; or one service whose tasks ECS replaces itself. What is there is read from ECS alone, so any invocation can go on
 * from where another ended.
 */
export function ecsReleases(options: EcsReleasesOptions): Releases {
  const { client, alb, logs, now, region } = options;
  const reader = slotReader({ client, ...(alb ? { alb } : {}) });
  const changes: Changes = { reader, client, now, ...(region === undefined ? {} : { region }) };

  const change = async (
    { service, ecs }: ReleaseTarget,
    what: string,
    work: (ecs: NonNullable<ReleaseTarget["ecs"]>) => Promise<ReleaseResult>,
  ): Promise<ReleaseResult> => {
    if (!ecs) return { status: "refused", why: `${service} names no ECS services that its versions run in` };
    try {
      return await work(ecs);
    } catch (error) {
      const refusal = REFUSALS[awsErrorName(error)];
      if (refusal) return { status: "refused", why: `${refusal}: ${(error as Error).message}` };
      throw awsError("releases.unavailable", `${what} of ${service} could not be done`, error);
    }
  };

  return {
    describe: async (target) => {
      const { service, ecs } = target;
      if (!ecs) return undefined;
      try {
        const slots = await reader.read(ecs, true);
        if (slots.every((slot) => slot.service === undefined)) return undefined;
        const status = releasesStatus(slots, service, now());
        return logs
          ? { ...status, versions: await lastLogs(logs, target, slots, status.versions, options.warn) }
          : status;
      } catch (error) {
        throw awsError("releases.unavailable", `versions of ${service} could not be read`, error);
      }
    },
    ensure: async (target, request) =>
      isCount(request.count)
        ? change(target, `version ${request.release.version}`, (ecs) => ensureVersion(changes, target, ecs, request))
        : { status: "refused", why: `${request.count} is not a whole number of tasks` },
    resize: async (target, request) =>
      isCount(request.count)
        ? change(target, `the size of ${request.version}`, (ecs) => resizeVersion(changes, ecs, request))
        : { status: "refused", why: `${request.count} is not a whole number of tasks` },
    remove: (target, { version }) =>
      change(target, `removal of ${version}`, (ecs) => removeVersion(changes, ecs, version)),
    adopt: (target, { version }) =>
      change(target, `adoption of ${version}`, (ecs) => adoptVersion(changes, ecs, version)),
  };
}
