import type { Offset, TopicConfig } from "../../kernel/streams.ts";
import type { Millis } from "../../kernel/time.ts";
import type { ChunkRef, FlinkPart, KafkaPart, Manifest, SchemasPart } from "../format/types.ts";

/** What of a topic is wanted: partitions and offsets, [from, to). A partition is taken where one of these names it. */
export interface Slice {
  /** Pattern over topics; absent: each of the restore. */
  readonly topic?: string;
  readonly partition?: number;
  readonly from?: Offset;
  readonly to?: Offset;
}

/** What somebody wants back, and where. Every member that is absent has the default told with it. */
export interface RestoreRequest {
  /** Patterns with * and ?. Default: all. */
  readonly topics?: readonly string[];
  readonly exclude?: readonly string[];
  readonly slices?: readonly Slice[];
  /** By the records' own timestamps, [from, to). */
  readonly time?: { readonly from?: Millis; readonly to?: Millis };
  /** Records with exactly one of these keys: text, or "base64:…". */
  readonly keys?: readonly string[];
  readonly rename?: readonly { readonly from: string; readonly to: string }[];
  /** Set before every topic that is not renamed. */
  readonly prefix?: string;
  /** Default `keep`; with `time` or `keys`, `translate`. */
  readonly offsets?: "keep" | "translate";
  /** Default `all` where no topic is named, else the groups that have positions on the topics of the restore. */
  readonly groups?: "all" | "none" | readonly string[];
  readonly renameGroups?: readonly { readonly from: string; readonly to: string }[];
  readonly groupPrefix?: string;
  /** Groups that have a position already: it is set as it was (default), or kept. */
  readonly existingGroups?: "set" | "keep";
  /** A topic that holds records which are not this restore's own. Default `refuse`; `append` translates; `continue` goes on at its end as if they were. */
  readonly existing?: "refuse" | "continue" | "append";
  readonly replicationFactor?: number;
  /** Retention stays off after the restore, until somebody sets it. Default false: as it was. */
  readonly holdRetention?: boolean;
  /** Default true, except for jobs. */
  readonly acls?: boolean;
  readonly quotas?: boolean;
  readonly schemas?: boolean;
  readonly jobs?: boolean;
  readonly limits?: {
    /** Offsets before the first record that are filled and deleted again, each partition. */
    readonly pad?: number;
    /** Offsets between records that become markers, each partition. */
    readonly markers?: number;
  };
}

/** What is known of a restore point when a restore is planned. */
export interface PointParts {
  readonly manifest: Manifest;
  readonly kafka?: KafkaPart;
  readonly schemas?: SchemasPart;
  readonly flink?: FlinkPart;
  /** All chunks of a partition, those of earlier points first. */
  readonly chunks: (topic: string, partition: number) => readonly ChunkRef[];
}

/**
 * How the end of a target's log compares with the point: its record at the same offset is the `same`, it `differs`, a `filler` of a restore lies there,
 * or there is `nothing` to compare.
 */
export type Tail = "same" | "differs" | "filler" | "nothing";

export interface TargetPartition {
  readonly partition: number;
  readonly logStart: Offset;
  readonly end: Offset;
  readonly tail: Tail;
  /** Where records were translated: the last of them that is there, as the source counted it. */
  readonly origin?: Offset;
}

export interface TargetTopic {
  readonly name: string;
  readonly id: string;
  readonly replicationFactor: number;
  readonly configs: readonly TopicConfig[];
  readonly partitions: readonly TargetPartition[];
}

export interface TargetGroup {
  readonly id: string;
  readonly state: string;
  readonly protocolType: string;
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: Offset }[];
}

/** What is there now, of what the restore would touch. */
export interface TargetFacts {
  readonly at: Millis;
  readonly cluster: { readonly id: string; readonly brokers: number };
  readonly topics: readonly TargetTopic[];
  readonly groups: readonly TargetGroup[];
}

export interface PartitionPlan {
  readonly partition: number;
  readonly offsets: "kept" | "translated";
  /** Why they are translated. */
  readonly why?: string;
  /** Of the point: [from, to). */
  readonly from: Offset;
  readonly to: Offset;
  /** The first offset that has not been restored yet, as the source counted. */
  readonly next: Offset;
  /** Kept: where the log begins and ends when all is done. */
  readonly logStart: Offset;
  readonly end: Offset;
  /** Offsets to fill and delete again, and to make markers of. */
  readonly pad: number;
  readonly markers: number;
  /** Still to come; at most, where something is picked by time or key. */
  readonly records: number;
  readonly bytes: number;
  readonly atMost: boolean;
}

export interface TopicPlan {
  readonly source: string;
  readonly target: string;
  /** `create`: it is not there. `continue`: what is there is this point's. `append`: behind what is there. */
  readonly action: "create" | "continue" | "append";
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Set while records come in. */
  readonly held: readonly TopicConfig[];
  /** Set when they are all in; `value` absent: the cluster's default. */
  readonly settled: readonly { readonly name: string; readonly value?: string }[];
  readonly parts: readonly PartitionPlan[];
  /** Whole sentences: what exists, what is kept, what is different afterwards. */
  readonly notes: readonly string[];
}

export interface GroupPosition {
  /** Of the target. */
  readonly topic: string;
  readonly partition: number;
  readonly source: { readonly topic: string; readonly offset: Offset };
  readonly metadata?: string;
  /**
   * `exact`: it will read on with the same record. `earlier`: `by` records are read again. `translated`: exactly too, at an offset that is known once the records
   * are in. `kept`: what is there stays. `not`: see why.
   */
  readonly lands: "exact" | "earlier" | "translated" | "kept" | "not";
  /** Kept offsets: what will be set. */
  readonly offset?: Offset;
  readonly by?: number;
  readonly why?: string;
}

export interface GroupPlan {
  readonly source: string;
  readonly target: string;
  /** Nothing of it can be set: it has members, or no topic of it is restored. */
  readonly refused?: string;
  readonly positions: readonly GroupPosition[];
}

export interface JobPlan {
  readonly name: string;
  readonly savepoint?: string;
  /** Its offsets are those of the restored topics: it may start from its savepoint. */
  readonly matches: boolean;
  readonly why: string;
}

export interface RestorePlan {
  readonly v: 1;
  readonly point: { readonly plan: string; readonly id: string; readonly cutAt: Millis };
  readonly cluster: { readonly id: string; readonly brokers: number };
  /** Of the point and what is picked of it: records of equal selections continue each other. */
  readonly selection: string;
  readonly topics: readonly TopicPlan[];
  readonly groups: readonly GroupPlan[];
  readonly jobs: readonly JobPlan[];
  readonly acls: number;
  readonly quotas: number;
  readonly schemas: number;
  readonly totals: {
    readonly topics: number;
    readonly created: number;
    readonly partitions: number;
    readonly records: number;
    readonly bytes: number;
    readonly padded: number;
    readonly markers: number;
    /** What it will take, by what was measured on one core; ms. */
    readonly estimateMs: number;
  };
  /** Objects that the plan needs and no destination has; what needs them would not come. Absent: all are there, or nobody looked. */
  readonly missing?: readonly { readonly key: string; readonly why: string }[];
  readonly warnings: readonly string[];
  /** Why nothing is done. Empty: it can begin. */
  readonly refusals: readonly { readonly path: string; readonly why: string }[];
}
