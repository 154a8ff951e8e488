import type { Offset, StreamGroup, StreamsCluster } from "../core/kernel/streams.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Streams } from "../core/ports/streams.ts";

/** Calls of the port, as faults and counters name them. */
export type StreamsCall = Exclude<keyof Streams, "close">;

export type MemoryCodec = "none" | "gzip" | "zstd";

/** A record as a test or a demonstration writes it. Text is UTF-8; null and left out are null. */
export interface MemoryRecord {
  readonly key?: Uint8Array | string | null;
  readonly value?: Uint8Array | string | null;
  readonly headers?: readonly (readonly [string, Uint8Array | string | null])[];
  /** Epoch ms. Default: the clock. */
  readonly timestamp?: Millis;
}

/** A record as a consumer at read committed sees it. */
export interface ConsumedRecord {
  readonly offset: Offset;
  readonly timestamp: Millis;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [string, Uint8Array | null])[];
}

export interface ProduceOptions {
  /** Default "none". Also where the topic's own `compression.type` says otherwise, as a broker recompresses. */
  readonly codec?: MemoryCodec;
}

/** An open transaction of one producer. Ending it a second time is an Error. */
export interface MemoryTransaction {
  readonly producerId: number;
  /** One batch. Answers its first offset. */
  produce(topic: string, partition: number, records: readonly MemoryRecord[], options?: ProduceOptions): Offset;
  commit(): void;
  abort(): void;
}

export interface MemoryStreamsOptions {
  /** Default: the wall. */
  readonly now?: () => Millis;
  /** 0 ≤ x < 1, for topic ids. */
  readonly random?: () => number;
  readonly cluster?: Partial<StreamsCluster>;
  /** How many brokers there are when `cluster` does not say: the largest replication factor. Default 1. */
  readonly brokers?: number;
  /** What a topic has that sets nothing else: name → value. Kafka's own for the rest. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/** What the next calls of a kind meet. */
export interface MemoryFault {
  /** Default 1. */
  readonly times?: number;
  /** Calls of the kind that still go well before it begins. Default 0. */
  readonly after?: number;
  /** Default "unavailable"; `final` ones may not be tried again. */
  readonly error?: "unavailable" | "final" | "denied";
}

/**
 * A Kafka cluster in memory, and what a test or a demonstration does to it from outside. It behaves as Kafka 4.1 does (test/contract/streams.ts runs over both);
 * what it does not have: replicas that lag, rebalances, and waiting: a fetch that finds nothing answers at once.
 */
export interface MemoryLog extends Streams {
  /** One batch, as an idle producer sends it. Answers its first offset. Throws what a broker refuses. */
  produce(topic: string, partition: number, records: readonly MemoryRecord[], options?: ProduceOptions): Offset;
  /** Begins a transaction of a producer; one producer has one at a time, several producers any. */
  transaction(producer?: string): MemoryTransaction;
  /** Everything a consumer at read committed would get, by what really happened to each transaction. */
  consume(topic: string, partition: number, from?: Offset): readonly ConsumedRecord[];
  /** What the log cleaner does; see {@link import("./memory-streams-compact.ts").compactPartition}. */
  compact(topic: string): void;
  /** Retention: whole batches at the beginning whose newest record is older go. */
  expire(topic: string, before: Millis): void;
  /** Retention as the topics' own `retention.ms` and `retention.bytes` ask for; also done by each append. */
  retain(): void;
  /** Deleted and made again under the same name with the same settings: empty, with another id. */
  recreate(topic: string): void;
  /** Unclean leader election: what is at or past the offset is lost. */
  truncate(topic: string, partition: number, end: Offset): void;
  /** Positions as consumers commit them. With a state other than "Empty" the group has members. */
  commitGroup(
    group: string,
    offsets: readonly {
      readonly topic: string;
      readonly partition: number;
      readonly offset: Offset;
      readonly metadata?: string;
    }[],
    options?: { readonly state?: string; readonly protocolType?: string },
  ): void;
  readonly faults: {
    /** The next calls of a kind fail; "any" is each kind. */
    fail(call: StreamsCall | "any", fault?: MemoryFault): void;
    /** Nobody answers until `up`. */
    down(): void;
    up(): void;
    /** An ACL is missing: "READ", "TOPIC", "orders" (or "*"). */
    deny(operation: string, resourceType: string, resourceName: string): void;
    allow(): void;
    /** Done before the nth call of a kind from now (1: the next one): a topic vanishes in the middle of a run. */
    before(call: StreamsCall, nth: number, then: () => void): void;
    /** Real ms that each call takes. */
    latency(ms: number): void;
    /** A partition has no leader: its answers say so. */
    leaderless(topic: string, partition: number, yes?: boolean): void;
    /** How often each call was made. */
    readonly calls: Readonly<Record<StreamsCall, number>>;
  };
  /** Everything, as JSON; {@link MemoryLog.restore} reads it. */
  snapshot(): string;
  /** Replaces everything. Throws for text that no snapshot is. */
  restore(text: string): void;
  /** Bytes of all batches. */
  size(): number;
  /** Raised by every change: who keeps snapshots knows whether there is anything new. */
  changes(): number;
  groupOf(id: string): StreamGroup | undefined;
}
