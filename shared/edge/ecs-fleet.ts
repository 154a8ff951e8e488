import type { ECSClient, Service } from "@aws-sdk/client-ecs";
import type { Millis } from "../core/kernel/time.ts";
import type { Fleet, FleetStatus, ServiceRef, SetDesired, SetDesiredResult } from "../core/ports/fleet.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName } from "./aws-errors.ts";
import { type Batch, batches, type EcsAddress, readServices, readTasks, settleAll, shortName } from "./ecs-read.ts";
import { isDeploying, statusOf } from "./ecs-status.ts";

export interface EcsFleetOptions {
  readonly client: ClientSource<ECSClient>;
  /** Epoch ms. */
  readonly now: () => Millis;
  /**
   * Also read the tasks: `instances` is filled and `ready` counts healthy ones. Two more requests per service and call, so
   * off by default; then `instances` is empty and `ready` is ECS's running count.
   */
  readonly tasks?: boolean;
  /** Told of batches that could not be read while others could. */
  readonly warn?: (message: string) => void;
}

/** What UpdateService answers when the request cannot be done at all; trying again would not help. */
const REFUSALS: Readonly<Record<string, string>> = {
  ServiceNotFoundException: "ECS knows no such service",
  ServiceNotActiveException: "the service is not active",
  ClusterNotFoundException: "ECS knows no such cluster",
  InvalidParameterException: "ECS does not accept the count",
  UnsupportedFeatureException: "ECS does not support it for this service",
  AccessDeniedException:
    "AWS does not let Headgate change this service (it may change those with the tag headgate = managed: aws ecs tag-resource)",
};

/** Why the count of this service must not be changed now, or undefined. AWS's own scaling also only stops inward. */
function veto(service: Service | undefined, name: string, request: SetDesired): string | undefined {
  if (!service) return `ECS knows no service for ${name}`;
  if (service.status !== "ACTIVE") return `the service is ${service.status?.toLowerCase() ?? "in an unknown state"}`;
  if (service.schedulingStrategy === "DAEMON") return "a daemon service has one task per host and no desired count";
  if (isDeploying(service) && request.desired < (service.desiredCount ?? 0))
    return `a deployment is replacing tasks of ${name}: scaling in now would take capacity from under it`;
  return undefined;
}

/**
 * Fleet over Amazon ECS. Between reading the desired count and UpdateService another hand may still act: ECS has no
 * conditional update. That window is one round trip; the next look sees the other count and records it.
 */
export function ecsFleet(options: EcsFleetOptions): Fleet {
  const { client: source, now } = options;

  /** What could be read; the rest is told and left out, since absent means unknown. Throws where nothing could be read. */
  const sound = <Result>(settled: readonly PromiseSettledResult<Result>[], what: string): Result[] => {
    const good = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failures = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    if (failures.length > 0 && good.length === 0) throw failures[0];
    for (const failure of failures) options.warn?.(awsError("fleet.unavailable", what, failure).message);
    return good;
  };

  const readBatch = async (batch: Batch): Promise<(readonly [string, FleetStatus])[]> => {
    const services = await readServices(source, batch);
    const found = await settleAll(services, async (service) => {
      const name = service.serviceName ?? "";
      const refs = [...batch.refs].flatMap(([asked, refs]) => (shortName(asked) === name ? refs : []));
      const address = { cluster: batch.cluster, service: name, ...(batch.region ? { region: batch.region } : {}) };
      const tasks = options.tasks ? await readTasks(source, address) : undefined;
      const status = statusOf(service, tasks, now());
      return refs.map((ref) => [ref.name, status] as const);
    });
    return sound(found, "the tasks of some ECS services could not be read").flat();
  };

  const update = async (ref: ServiceRef, address: EcsAddress, request: SetDesired): Promise<SetDesiredResult> => {
    const { cluster, service, region } = address;
    const batch: Batch = { region, cluster, refs: new Map([[service, [ref]]]) };
    const [found] = await readServices(source, batch);
    const actual = found?.desiredCount ?? 0;
    if (found && actual === request.desired) return { status: "accepted", changed: false, desired: actual };
    if (found && actual !== request.expected) return { status: "superseded", actual };
    const why = veto(found, ref.name, request);
    if (why) return { status: "refused", why };
    const [client, ecs] = await Promise.all([clientOf(source, region), import("./ecs-calls.ts")]);
    try {
      await ecs.updateService(client, { cluster, service, desiredCount: request.desired });
    } catch (error) {
      const refusal = REFUSALS[awsErrorName(error)];
      if (refusal) return { status: "refused", why: `${refusal}: ${(error as Error).message}` };
      throw error;
    }
    return { status: "accepted", changed: true, desired: request.desired };
  };

  return {
    describe: async (refs) => {
      try {
        const read = await settleAll(batches(refs), readBatch);
        return new Map(sound(read, "some ECS services could not be read").flat());
      } catch (error) {
        throw awsError("fleet.unavailable", "ECS services could not be read", error);
      }
    },
    sizes: async (refs) => (await import("./ecs-sizes.ts")).ecsSizes(source, refs),
    setDesired: async (ref, request) => {
      if (!Number.isSafeInteger(request.desired) || request.desired < 0)
        return { status: "refused", why: `${request.desired} is not a whole number of tasks` };
      if (!ref.ecs) return { status: "refused", why: `${ref.name} has no ECS address` };
      try {
        return await update(ref, ref.ecs, request);
      } catch (error) {
        throw awsError("fleet.unavailable", `the desired count of ${ref.name} could not be set`, error);
      }
    },
  };
}
