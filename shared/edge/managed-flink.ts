import type { ApplicationDetail, KinesisAnalyticsV2Client } from "@aws-sdk/client-kinesis-analytics-v2";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Fleet, FleetStatus, ServiceRef, SetDesired, SetDesiredResult } from "../core/ports/fleet.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName } from "./aws-errors.ts";

export interface ManagedFlinkOptions {
  readonly client: ClientSource<KinesisAnalyticsV2Client>;
  /** Epoch ms. */
  readonly now: () => Millis;
  /** Told of applications that could not be read while others could. */
  readonly warn?: (message: string) => void;
}

type Address = NonNullable<ServiceRef["managedFlink"]>;

/** Requests under way at once: DescribeApplication takes one application. */
const AT_ONCE = 10;

/** States in which Amazon changes it by itself; none of them takes an update. */
const CHANGING: ReadonlySet<string> = new Set(["STARTING", "UPDATING", "AUTOSCALING", "ROLLING_BACK", "MAINTENANCE"]);

/** What UpdateApplication answers when it cannot be done at all; trying again would not help. */
const REFUSALS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "Amazon knows no such application",
  ResourceInUseException: "the application takes no change now",
  InvalidArgumentException: "Amazon does not accept the parallelism",
  InvalidApplicationConfigurationException: "Amazon does not accept the parallelism",
  InvalidRequestException: "Amazon does not accept the change",
  LimitExceededException: "it is more than the account's KPUs allow",
  UnsupportedOperationException: "Amazon does not support it for this application",
  CodeValidationException: "Amazon does not accept the application's code",
  AccessDeniedException:
    "AWS does not let Headgate change this application (it may change those that HEADGATE_MANAGED_FLINK_APPLICATIONS names at deploy)",
};

const parallelismOf = (detail: ApplicationDetail) =>
  detail.ApplicationConfigurationDescription?.FlinkApplicationConfigurationDescription
    ?.ParallelismConfigurationDescription;

/** Where Amazon scales by itself, what it has come to; else what was asked for. Undefined: no Flink application, or not told. */
function desiredOf(detail: ApplicationDetail): number | undefined {
  const told = parallelismOf(detail);
  const desired = told?.AutoScalingEnabled ? (told.CurrentParallelism ?? told.Parallelism) : told?.Parallelism;
  return desired !== undefined && Number.isSafeInteger(desired) && desired > 0 ? desired : undefined;
}

function troubleOf(detail: ApplicationDetail): string | undefined {
  if (parallelismOf(detail)?.AutoScalingEnabled)
    return "Amazon's own scaling of this application is on: two that scale one thing work against each other; the first change by Headgate turns it off";
  const status = detail.ApplicationStatus ?? "in an unknown state";
  return status === "RUNNING" || CHANGING.has(status) ? undefined : `the application is ${status}`;
}

/** Undefined: its parallelism is not known. An application that is being changed is stopped meanwhile, so nothing of it runs. */
function statusOf(detail: ApplicationDetail, at: Millis): FleetStatus | undefined {
  const desired = desiredOf(detail);
  if (desired === undefined) return undefined;
  const status = detail.ApplicationStatus ?? "";
  const running = status === "RUNNING" ? desired : 0;
  const trouble = troubleOf(detail);
  return {
    desired,
    pending: CHANGING.has(status) ? desired : 0,
    running,
    ready: running,
    deploying: CHANGING.has(status),
    instances: [],
    at,
    ...(trouble ? { trouble } : {}),
  };
}

/** Why it must not be changed now, or undefined. */
function veto(detail: ApplicationDetail): string | undefined {
  if (detail.ApplicationStatus !== "RUNNING")
    return `the application is ${detail.ApplicationStatus ?? "in an unknown state"}: Amazon takes a change of one that is RUNNING`;
  const snapshots =
    detail.ApplicationConfigurationDescription?.ApplicationSnapshotConfigurationDescription?.SnapshotsEnabled;
  // A change stops the application and starts it again, from the snapshot that is taken on the way.
  return snapshots === false
    ? "snapshots of the application are off: a change of its parallelism would lose its state"
    : undefined;
}

/**
 * Fleet over Amazon Managed Service for Apache Flink: one application is one service, its parallelism the count. A change stops the
 * application with a snapshot and starts it again from there, which takes minutes; meanwhile it counts as deploying. It turns Amazon's own scaling off.
 */
export function managedFlinkFleet({ client: source, now, warn }: ManagedFlinkOptions): Fleet {
  const read = async ({ application, region }: Address): Promise<ApplicationDetail | undefined> => {
    const [client, calls] = await Promise.all([clientOf(source, region), import("./managed-flink-calls.ts")]);
    try {
      return (await calls.describeApplication(client, { ApplicationName: application })).ApplicationDetail;
    } catch (error) {
      if (awsErrorName(error) === "ResourceNotFoundException") return undefined;
      throw error;
    }
  };

  const update = async (
    ref: ServiceRef,
    address: Address,
    { desired, expected }: SetDesired,
  ): Promise<SetDesiredResult> => {
    const detail = await read(address);
    const actual = detail && desiredOf(detail);
    if (!detail || actual === undefined)
      return { status: "refused", why: `Amazon knows no Flink application ${address.application} with a parallelism` };
    const own = parallelismOf(detail)?.AutoScalingEnabled === true;
    if (actual === desired && !own) return { status: "accepted", changed: false, desired };
    if (actual !== expected && actual !== desired) return { status: "superseded", actual };
    const why = veto(detail);
    if (why) return { status: "refused", why: `${ref.name}: ${why}` };
    const [client, calls] = await Promise.all([clientOf(source, address.region), import("./managed-flink-calls.ts")]);
    try {
      await calls.updateApplication(client, {
        ApplicationName: address.application,
        // Of what was just read: a change by anybody else since then refuses this one.
        ...(detail.ConditionalToken === undefined
          ? { CurrentApplicationVersionId: detail.ApplicationVersionId }
          : { ConditionalToken: detail.ConditionalToken }),
        ApplicationConfigurationUpdate: {
          FlinkApplicationConfigurationUpdate: {
            ParallelismConfigurationUpdate: {
              ConfigurationTypeUpdate: "CUSTOM",
              ParallelismUpdate: desired,
              AutoScalingEnabledUpdate: false,
            },
          },
        },
      });
      return { status: "accepted", changed: true, desired };
    } catch (error) {
      const name = awsErrorName(error);
      if (name === "ConcurrentModificationException") return overtaken(address, desired, error);
      const refusal = REFUSALS[name];
      if (refusal) return { status: "refused", why: `${refusal}: ${(error as Error).message}` };
      throw error;
    }
  };

  /** Somebody else was faster, or an answer to us was lost: what is asked for now says which. */
  const overtaken = async (address: Address, desired: number, cause: unknown): Promise<SetDesiredResult> => {
    const detail = await read(address);
    const actual = detail && desiredOf(detail);
    if (actual === desired) return { status: "accepted", changed: false, desired };
    if (actual !== undefined) return { status: "superseded", actual };
    throw new HeadgateError("fleet.unavailable", "the application was changed meanwhile", { retryable: true, cause });
  };

  return {
    describe: async (refs) => {
      const asked = refs.filter((ref) => ref.managedFlink);
      const found = new Map<string, FleetStatus>();
      const failures: unknown[] = [];
      for (let from = 0; from < asked.length; from += AT_ONCE)
        await Promise.all(
          asked.slice(from, from + AT_ONCE).map(async (ref) => {
            try {
              const detail = await read(ref.managedFlink as Address);
              const status = detail && statusOf(detail, now());
              if (status) found.set(ref.name, status);
            } catch (error) {
              failures.push(error);
              warn?.(awsError("fleet.unavailable", `application of ${ref.name} could not be read`, error).message);
            }
          }),
        );
      if (failures.length > 0 && failures.length === asked.length)
        throw awsError("fleet.unavailable", "applications of Managed Flink could not be read", failures[0]);
      return found;
    },
    setDesired: async (ref, request) => {
      const { desired } = request;
      if (!Number.isSafeInteger(desired) || desired < 1)
        return { status: "refused", why: `${desired} is no parallelism: it is a whole number from 1 on` };
      if (!ref.managedFlink) return { status: "refused", why: `${ref.name} names no application of Managed Flink` };
      try {
        return await update(ref, ref.managedFlink, request);
      } catch (error) {
        throw awsError("fleet.unavailable", `the parallelism of ${ref.name} could not be set`, error);
      }
    },
  };
}
