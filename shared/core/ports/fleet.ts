import type { Millis } from "../kernel/time.ts";

/** Which service to look at. `ref` is the adapter's own address, from the configuration (ECS: cluster and service). */
export interface ServiceRef {
  /** Name in headgate.yaml. */
  readonly name: string;
  readonly ecs?: {
    readonly cluster: string;
    readonly service: string;
    readonly region?: string;
    /** Application load balancer in front, as CloudWatch names it: "app/name/id". Requests are read there. */
    readonly loadBalancer?: string;
    /** Its target group: "targetgroup/name/id". */
    readonly targetGroup?: string;
  };
  /** A job on a Flink cluster: scaled by vertex, not by a fleet. */
  readonly flink?: { readonly url: string; readonly job: string };
  /** An application of Amazon Managed Service for Apache Flink: its parallelism is the count. */
  readonly managedFlink?: { readonly application: string; readonly region?: string };
}

export interface InstanceStatus {
  readonly id: string;
  /** `pending` starting or not yet healthy; `running` alive; `draining` on its way out; `failed` exited or never healthy. */
  readonly state: "pending" | "running" | "draining" | "failed";
  readonly ready: boolean;
  readonly startedAt?: Millis;
  readonly address?: string;
  /** Why it is in this state, a sentence; present for failed and for what restarts. */
  readonly detail?: string;
}

/** What is observed now. Counts follow ECS: desired (asked for), pending (starting), running (started), ready (healthy). */
export interface FleetStatus {
  readonly desired: number;
  readonly pending: number;
  readonly running: number;
  readonly ready: number;
  /** A deployment is replacing tasks: scaling in now would take capacity from under it. */
  readonly deploying: boolean;
  readonly instances: readonly InstanceStatus[];
  readonly at: Millis;
  /** Trouble worth a sentence: command not found, crash loop, never healthy. */
  readonly trouble?: string;
}

export interface SetDesired {
  readonly desired: number;
  /** The desired count the decision was based on: if it is another one by now, somebody else acted. */
  readonly expected: number;
  /** Idempotency key of the action. */
  readonly key: string;
}

export type SetDesiredResult =
  /** `changed: false` when the count was already so (a repeat). */
  | { readonly status: "accepted"; readonly changed: boolean; readonly desired: number }
  /** Desired is neither `expected` nor the wanted one: another hand changed it to `actual`. Nothing was done. */
  | { readonly status: "superseded"; readonly actual: number }
  /** Not allowed now (deployment replaces tasks inward, unknown service, service draining). Nothing was done. */
  | { readonly status: "refused"; readonly why: string };

/** What one instance is given. */
export interface InstanceSize {
  /** vCPUs. */
  readonly cpu: number;
  readonly memoryMb: number;
}

/**
 * Running instances of services. Errors: HeadgateError `fleet.unavailable` (retryable); a service that does not exist is
 * absent from the map, which means unknown, not zero instances.
 */
export interface Fleet {
  describe(services: readonly ServiceRef[]): Promise<ReadonlyMap<string, FleetStatus>>;
  setDesired(service: ServiceRef, request: SetDesired): Promise<SetDesiredResult>;
  /** What an instance of each is given; services of which it is not known are absent. Absent: this fleet does not tell. */
  sizes?(services: readonly ServiceRef[]): Promise<ReadonlyMap<string, InstanceSize>>;
}
