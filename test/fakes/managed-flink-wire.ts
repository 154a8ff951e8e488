import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import { type JsonMembers, jsonWire, type Wire, WireFault } from "./wire.ts";

export interface FakeApplication {
  parallelism: number;
  /** Where Amazon's own scaling has come to. */
  current?: number;
  autoScaling: boolean;
  snapshots: boolean;
  version: number;
  /** A state other than the one that follows from the last change. */
  status?: string;
  changedAt?: Millis;
  perKpu: number;
}

/** Managed Service for Apache Flink as far as Headgate sees it: an update takes `updateMs`, in which the application is UPDATING. */
export interface ManagedFlinkWire extends Wire {
  readonly applications: Map<string, FakeApplication>;
  add(name: string, parallelism: number, more?: Partial<FakeApplication>): FakeApplication;
  /** Another hand changes it. */
  external(name: string, parallelism: number): void;
  /** Updates as they came. */
  readonly updates: readonly JsonMembers[];
}

const MOST = 64;

export async function managedFlinkWire({
  now,
  updateMs = 300_000,
}: {
  readonly now: () => Millis;
  readonly updateMs?: DurationMs;
}): Promise<ManagedFlinkWire> {
  const applications = new Map<string, FakeApplication>();
  const updates: JsonMembers[] = [];
  const token = (one: FakeApplication) => `token-${one.version}`;
  const statusOf = (one: FakeApplication) =>
    one.status ?? (one.changedAt !== undefined && now() < one.changedAt + updateMs ? "UPDATING" : "RUNNING");
  const known = ({ ApplicationName: name }: JsonMembers): FakeApplication => {
    const found = applications.get(String(name));
    if (!found) throw new WireFault("ResourceNotFoundException", `Application ${String(name)} not found`);
    return found;
  };
  const detail = (name: unknown, one: FakeApplication) => ({
    ApplicationDetail: {
      ApplicationARN: `arn:aws:kinesisanalytics:eu-central-1:123456789012:application/${String(name)}`,
      ApplicationName: name,
      RuntimeEnvironment: "FLINK-1_20",
      ApplicationStatus: statusOf(one),
      ApplicationVersionId: one.version,
      ConditionalToken: token(one),
      ApplicationConfigurationDescription: {
        ApplicationSnapshotConfigurationDescription: { SnapshotsEnabled: one.snapshots },
        FlinkApplicationConfigurationDescription: {
          ParallelismConfigurationDescription: {
            ConfigurationType: "CUSTOM",
            Parallelism: one.parallelism,
            ParallelismPerKPU: one.perKpu,
            CurrentParallelism: one.current ?? one.parallelism,
            AutoScalingEnabled: one.autoScaling,
          },
        },
      },
    },
  });
  const change = (one: FakeApplication, parallelism: number) => {
    one.parallelism = parallelism;
    delete one.current;
    one.version += 1;
    one.changedAt = now();
  };

  const wire = await jsonWire("1.1", "KinesisAnalytics_20180523", {
    DescribeApplication: (input) => detail(input["ApplicationName"], known(input)),
    UpdateApplication: (input) => {
      const one = known(input);
      updates.push(input);
      if (input["ConditionalToken"] === undefined && input["CurrentApplicationVersionId"] === undefined)
        throw new WireFault("InvalidArgumentException", "either a token or a version is needed");
      if (input["ConditionalToken"] !== undefined && input["ConditionalToken"] !== token(one))
        throw new WireFault("ConcurrentModificationException", "the token is another one by now");
      if (statusOf(one) !== "RUNNING")
        throw new WireFault("ResourceInUseException", `the application is ${statusOf(one)}`);
      const asked = (input["ApplicationConfigurationUpdate"] as JsonMembers | undefined)?.[
        "FlinkApplicationConfigurationUpdate"
      ] as JsonMembers | undefined;
      const update = asked?.["ParallelismConfigurationUpdate"] as JsonMembers | undefined;
      if (update?.["ConfigurationTypeUpdate"] !== "CUSTOM")
        throw new WireFault("InvalidArgumentException", "parallelism is taken of CUSTOM configurations only");
      const wanted = Number(update["ParallelismUpdate"]);
      if (wanted > MOST * one.perKpu) throw new WireFault("LimitExceededException", `more than ${MOST} KPUs`);
      if (update["AutoScalingEnabledUpdate"] !== undefined)
        one.autoScaling = update["AutoScalingEnabledUpdate"] === true;
      change(one, wanted);
      return detail(input["ApplicationName"], one);
    },
  });
  return {
    ...wire,
    applications,
    updates,
    add: (name, parallelism, more = {}) => {
      const one: FakeApplication = { parallelism, autoScaling: false, snapshots: true, version: 1, perKpu: 1, ...more };
      applications.set(name, one);
      return one;
    },
    external: (name, parallelism) => {
      const one = applications.get(name);
      if (one) change(one, parallelism);
    },
  };
}
