import type { Millis } from "../shared/core/kernel/time.ts";
import type { FleetStatus } from "../shared/core/ports/fleet.ts";
import type { BackOff } from "./back-off.ts";
import type { HealthTimes } from "./instance.ts";
import type { ServiceSpec } from "./service-spec.ts";

/** Where an instance can be reached, and the process to measure. */
export interface Backend {
  readonly id: string;
  readonly port: number;
  readonly pid: number | undefined;
  readonly version?: string;
}

/** What is known of a version beyond how many there are. */
export interface GroupLook {
  /** Starts that ended or never became healthy since `forgive`. */
  readonly failures: number;
  /** Checks made of instances before they were healthy, all together. */
  readonly attempts: number;
  readonly trouble?: string;
  /** The next start will end as the last one did. */
  readonly hopeless: boolean;
  /** Real ms from a start to the first healthy answer, the quickest. */
  readonly responseMs?: number;
  readonly healthData?: unknown;
  /** Printed last, oldest first, secrets taken out. */
  readonly logs: readonly string[];
  readonly startedAt?: Millis;
}

export interface GroupSetup {
  readonly spec: ServiceSpec;
  readonly version: string;
  /** For the next instance; unique among all versions of the service. */
  readonly nextId: () => string;
  /** Ports that are promised to instances of any service, which may not listen yet. */
  readonly promised: Set<number>;
  readonly desired: number;
  readonly now: () => Millis;
  readonly random: () => number;
  readonly health: HealthTimes;
  readonly backOff: BackOff;
  readonly idle: (instance: string) => Promise<void>;
  readonly onStarted: (pid: number) => void;
  readonly onEnded: (pid: number) => void;
  readonly onChange: () => void;
  readonly onLine: (instance: string, line: string) => void;
  readonly onTrouble: (text: string) => void;
}

/** All instances of one service, kept at the desired count. */
export interface ProcessGroup {
  desired(): number;
  setDesired(count: number): void;
  status(): FleetStatus;
  look(): GroupLook;
  /** Failures are counted from here. */
  forgive(): void;
  /** Ready for requests now. The same array until something changes. */
  backends(): readonly Backend[];
  /** Drains everything; resolves when the last process has ended. */
  stop(): Promise<void>;
  kill(): void;
}
