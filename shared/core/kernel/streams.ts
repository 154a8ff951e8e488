/**
 * Kafka offsets are 64-bit; here they are JavaScript integers. An adapter that meets one past 2^53 − 1 rejects with `streams.unavailable`
 * instead of rounding.
 */
export type Offset = number;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionInfo {
  readonly partition: number;
  /** Broker that leads it; absent: nobody does at the moment. */
  readonly leader?: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface TopicInfo {
  readonly name: string;
  /** Unlike its name, the id changes when a topic is deleted and made again. 22 characters of base64url. */
  readonly id: string;
  /** `__consumer_offsets` and the like. */
  readonly internal: boolean;
  readonly partitions: readonly PartitionInfo[];
}

export interface StreamsCluster {
  /** The cluster's own id: two addresses with one id are one cluster. */
  readonly id: string;
  readonly brokers: readonly {
    readonly id: number;
    readonly host: string;
    readonly port: number;
    readonly rack?: string;
  }[];
  readonly controller?: number;
}

/** Where a partition's log stands, seen at one moment. */
export interface PartitionOffsets extends TopicPartition {
  /** First offset that is kept. */
  readonly logStart: Offset;
  /** Last stable offset: everything before it is decided, committed or aborted. */
  readonly stable: Offset;
  /** High watermark; `stable` is below it while a transaction is open. */
  readonly end: Offset;
  /** Bytes on the leader's disk; absent where the broker does not tell. */
  readonly bytes?: number;
}

/** Records of an aborted transaction begin at `firstOffset` and end at that producer's next abort marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
}

export interface FetchRequest extends TopicPartition {
  readonly offset: Offset;
  /** At least one whole batch is given, however large. */
  readonly maxBytes: number;
}

/** What one partition answered. */
export type Fetched = TopicPartition &
  (
    | {
        readonly status: "ok";
        /**
         * Whole record batches (magic 2) one after another as the broker keeps them, aborted and control batches included; the first may begin
         * before the offset asked for. Nothing past the last stable offset. Empty: nothing there now; where `stable` is past the offset asked for,
         * nothing is left between them (compacted away).
         */
        readonly records: Uint8Array;
        /** Every aborted transaction that overlaps `records`; the same one is told again at the next fetch where it reaches so far. */
        readonly aborted: readonly AbortedTransaction[];
        readonly logStart: Offset;
        readonly stable: Offset;
        readonly end: Offset;
      }
    /** The offset asked for is not kept (any more). */
    | { readonly status: "out_of_range"; readonly logStart: Offset; readonly end: Offset }
    /** No such topic or partition (any more). */
    | { readonly status: "unknown" }
    | { readonly status: "failed"; readonly why: string; readonly retryable: boolean }
  );

/** A setting of a topic that differs from the cluster's default. */
export interface TopicConfig {
  readonly name: string;
  readonly value: string;
}

/** A setting as it holds for a topic, wherever it comes from. */
export interface HeldConfig extends TopicConfig {
  /** Set on the topic itself; else the cluster's default, or Kafka's. */
  readonly own: boolean;
}

/** One replica on the disks of one broker. */
export interface LogDir extends TopicPartition {
  readonly broker: number;
  readonly bytes: number;
  /** A copy that is being made on another disk of the same broker, beside the one that serves. */
  readonly future?: boolean;
}

export interface GroupOffset extends TopicPartition {
  readonly offset: Offset;
  readonly metadata?: string;
}

export interface StreamGroup {
  readonly id: string;
  /** "Empty", "Stable", "PreparingRebalance", "CompletingRebalance", "Dead" … as Kafka says. */
  readonly state: string;
  /** "consumer" or what else joined; empty: offsets only. */
  readonly protocolType: string;
  readonly offsets: readonly GroupOffset[];
}

/** An access rule in Kafka's own words: "TOPIC", "LITERAL", "User:billing", "*", "READ", "ALLOW". */
export interface StreamAcl {
  readonly resourceType: string;
  readonly resourceName: string;
  readonly patternType: string;
  readonly principal: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: string;
}

/** A client quota; `entity` maps "user", "client-id" or "ip" to a name, or null for the default entity. */
export interface StreamQuota {
  readonly entity: Readonly<Record<string, string | null>>;
  readonly values: Readonly<Record<string, number>>;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: readonly TopicConfig[];
}

/** `refused`: final, and why ("replication factor 3 is larger than the 1 available brokers"). */
export type StreamsResult =
  | { readonly status: "done" }
  | { readonly status: "exists" }
  | { readonly status: "refused"; readonly why: string };

export type Produced = TopicPartition &
  (
    | { readonly status: "done"; readonly baseOffset: Offset; readonly logStart?: Offset }
    | { readonly status: "refused"; readonly why: string }
    | { readonly status: "unknown"; readonly why: string }
  );
