import type { DeliveryConfig } from "../core/delivery/section.ts";
import type { DecisionRecord } from "../core/kernel/record.ts";
import type { StreamsClusterConfig } from "../core/kernel/streams-section.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { PrometheusSource } from "../core/monitoring/config.ts";
import type { TargetStatus } from "../core/monitoring/target-status.ts";
import type { Alarms } from "../core/ports/alarms.ts";
import type { Alerts } from "../core/ports/alerts.ts";
import type { Circuits } from "../core/ports/circuits.ts";
import type { CostExplorer } from "../core/ports/cost-explorer.ts";
import type { Counts, CountsPlaces } from "../core/ports/counts.ts";
import type { Discovery } from "../core/ports/discovery.ts";
import type { Fleet } from "../core/ports/fleet.ts";
import type { Jobs } from "../core/ports/jobs.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Notify } from "../core/ports/notify.ts";
import type { Objects } from "../core/ports/objects.ts";
import type { Queries, VectorSample } from "../core/ports/queries.ts";
import type { Releases } from "../core/ports/releases.ts";
import type { Samples } from "../core/ports/samples.ts";
import type { Store } from "../core/ports/store.ts";
import type { Streams } from "../core/ports/streams.ts";
import type { PagedTables } from "../core/ports/tables.ts";
import type { Timers } from "../core/ports/timers.ts";
import type { Tunings } from "../core/ports/tunings.ts";
import type { Weights } from "../core/ports/weights.ts";
import type { Work } from "../core/ports/work.ts";
import type { TrafficLooks } from "./gateway-look.ts";
import type { Telemetry } from "./telemetry.ts";
import type { UsageMeter } from "./usage-meter.ts";

/** What a process knows of one of its own parts, for /health: "component:measurement" and how it is. */
export interface SelfCheck {
  readonly name: string;
  readonly check: {
    readonly status: "pass" | "warn";
    readonly output?: string;
    readonly observedValue?: number;
    readonly observedUnit?: string;
  };
}

/** Stage of what runs on somebody's own machine. */
export const LOCAL_STAGE = "local";

/**
 * Everything a function needs from the world, given to it from outside. `functions/runtime.ts` builds it from AWS clients
 * (each loaded when first used), `local/runtime.ts` from local parts, tests from whatever they test.
 */
export interface Runtime {
  /** Epoch ms. Locally a clock that may run faster than the wall. */
  readonly now: () => Millis;
  /** Virtual seconds per second; 1 when deployed. */
  readonly speed: number;
  /** 0 ≤ x < 1, for jitter and ids. */
  readonly random: () => number;
  /** Waits in REAL milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly store: Store;
  readonly journal: Journal;
  readonly objects: Objects;
  readonly fleet: Fleet;
  readonly samples: Samples;
  readonly timers: Timers;
  /** Throws where state could not be written now, although it can be read (a full disk). Absent where only writing tells. */
  readonly writable?: () => Promise<void>;
  /** Absent where nothing can hold alarms; then only schedules wake Headgate. */
  readonly alarms?: Alarms;
  /**
   * Who answers PromQL: with a source its HTTP API, without one what this process has scraped itself. Absent or undefined: nobody
   * does, and rules are held.
   */
  readonly queries?: (source?: PrometheusSource) => Queries | undefined;
  /** Where firing and resolved alerts go; absent: nowhere, they are kept and shown only. */
  readonly alerts?: Alerts;
  /** Who sends the notifications of alert groups; absent: nobody, they are decided and recorded only. */
  readonly notify?: Notify;
  /**
   * Takes what a rule made at an instant, where samples are kept here; must not throw. `rule` names the maker: a series it no
   * longer makes ends. Absent (deployed): recording rules are evaluated by the Prometheus that is asked.
   */
  readonly recordSeries?: (rule: string, at: Millis, samples: readonly VectorSample[]) => void;
  /** Scrape targets and how they are; absent where this process scrapes nothing. */
  readonly targets?: () => readonly TargetStatus[];
  /** Circuits that stateless callers share. Absent: nowhere to keep them. */
  readonly circuits?: Circuits;
  /** Who lists backends that others keep; absent where nobody can be asked: the fleet of this process registers its own. */
  readonly discovery?: Discovery;
  /** Where the shares of versions are set; absent where the gateway of this process goes by the configuration itself. */
  readonly weights?: Weights;
  /** Where versions of services run side by side. Absent: nothing can be rolled out. */
  readonly releases?: Releases;
  /**
   * Who counts requests by version, for a source as the configuration names it; undefined: nobody does, and gates hold. `places`: where the
   * source has them, for those that cannot know.
   */
  readonly counts?: (source: DeliveryConfig["counts"], service: string, places?: CountsPlaces) => Counts | undefined;
  /** Flink clusters. Absent: none can be asked. */
  readonly jobs?: Jobs;
  /**
   * A Kafka cluster of the configuration. The same one for the same name as long as its settings are the same; never closed by who asks for it.
   * Absent: none can be reached.
   */
  readonly streams?: (cluster: string, settings: StreamsClusterConfig) => Streams;
  /** Who does the long work of backups, a piece at a time. Absent: it can only be done in the process that wants it. */
  readonly work?: Work;
  /** Who looks anew at what `auto` stands for when a person asks. Absent: the process that is asked. */
  readonly tunings?: Tunings;
  /** AWS Cost Explorer of this account. Absent: there is none to be asked. */
  readonly costExplorer?: (region: string, endpoint?: string) => CostExplorer;
  /** Athena, where the configuration names it. Absent: SQL runs in this process. */
  readonly tables?: (at: {
    readonly workgroup: string;
    readonly database: string;
    readonly region?: string;
    /** Real ms that a statement may take. Default two minutes. */
    readonly timeoutMs?: number;
  }) => PagedTables;
  /** Folder that relative paths of the configuration are seen from. Default: where the process runs. */
  readonly baseDir?: string;
  /** What the gateways of this process see; absent (deployed): there are none. */
  readonly traffic?: TrafficLooks;
  /** How parts are that only this process can see into; absent: there are none. */
  readonly selfChecks?: () => readonly SelfCheck[];
  /** Which of the parts that are switched on at deploy this installation has; absent: all of them. */
  readonly parts?: {
    readonly monitoring: boolean;
    readonly scoring: boolean;
    readonly alerting?: boolean;
    readonly traffic?: boolean;
    readonly delivery?: boolean;
    readonly backup?: boolean;
    readonly cost?: boolean;
    readonly tuning?: boolean;
  };
  readonly telemetry: Telemetry;
  /** What this process has asked of AWS. Absent: nobody counts. */
  readonly usage?: UsageMeter;
  /** Which of the installations in one account this is; its alarms carry the name. Default: {@link LOCAL_STAGE}. */
  readonly stage?: string;
  /** Told of each record after it reached the journal (server-sent events); must not throw. */
  readonly onDecision?: (record: DecisionRecord) => void;
}
