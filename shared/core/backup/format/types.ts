import type { GroupOffset, Offset, StreamAcl, StreamQuota, TopicConfig } from "../../kernel/streams.ts";
import type { Millis } from "../../kernel/time.ts";

/** An object of a restore point, every byte of it covered by the hash. Keys are relative to the destination's root. */
export interface ObjectRef {
  readonly key: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Of the stored bytes, 64 hex digits. */
  readonly sha256: string;
}

/** Kinds of parts; each is one JSON object (`<kind>.json`) beside the manifest, in the form of its type below. */
export type PartKind = "kafka" | "schemas" | "flink" | "config" | "metrics" | "state";

/** What was not as a complete backup would have it. Told, alerted, and never in the way of the rest. */
export interface Gap {
  readonly kind: /** Retention removed records before they could be read. */
    | "retention"
    /** The topic was deleted and made again: another id. */
    | "recreated"
    /** Topic or partition vanished in the middle of the run. */
    | "deleted"
    /** Records that were held are not in the topic any more, or offsets are missing between records: compaction, or markers. */
    | "compacted"
    /** The end of the log went backwards (unclean leader election, or the topic's data was lost). */
    | "truncated"
    /** Could not be read although it is there; `why` says who refused. */
    | "unread";
  readonly topic?: string;
  readonly partition?: number;
  /** Which part it is about, where it is no partition. */
  readonly part?: PartKind;
  /** First offset that is missing, and the first that is there again. */
  readonly from?: Offset;
  readonly to?: Offset;
  /** Whole sentence. */
  readonly why: string;
}

/**
 * `points/<plan>/<id>/manifest.json`: written last and only if absent, so a restore point exists wholly or not at all. The same bytes lie at every destination
 * that holds the point.
 */
export interface Manifest {
  readonly format: "headgate-backup";
  readonly version: 1;
  /** "bkp_20261123_073000", UTC; "_2" and so on where a second has several. */
  readonly id: string;
  readonly plan: string;
  readonly kind: "full" | "incremental";
  /** Version of the program that wrote it. */
  readonly by: string;
  readonly startedAt: Millis;
  /** The moment the cut was taken: RPO counts from here. */
  readonly cutAt: Millis;
  readonly finishedAt: Millis;
  readonly cluster?: { readonly name: string; readonly id: string; readonly brokers: number };
  /**
   * Every earlier point whose objects this one needs, oldest first, and the hash of its manifest. A chain of bases is walked only as long as the next base stands
   * here: what lies further back was before the start of the log at the cut, and may be gone.
   */
  readonly needs: readonly { readonly id: string; readonly sha256: string }[];
  readonly parts: readonly (ObjectRef & { readonly kind: PartKind })[];
  /** Data objects that this run wrote, in the order that chunks count them in. Those of savepoints and snapshots are listed in their parts. */
  readonly objects: readonly ObjectRef[];
  /** All destinations the plan wrote to at that time; a point that is not at each of them is degraded. */
  readonly destinations: readonly string[];
  readonly totals: {
    readonly topics: number;
    readonly partitions: number;
    readonly groups: number;
    /** Records the point holds, and those that this run added. */
    readonly records: number;
    readonly newRecords: number;
    /** Uncompressed bytes of the batches that this run added, and what it stored at each destination. */
    readonly newBytes: number;
    readonly storedBytes: number;
    /** Control batches and records of aborted transactions that were left out by this run. */
    readonly droppedRecords: number;
  };
  readonly gaps: readonly Gap[];
  readonly warnings: readonly string[];
  /** Of the text without this member: set when it is written, and what is read without it, or with another one, is damaged. */
  readonly sha256?: string;
}

/**
 * One zstd frame of a segment object: whole record batches (magic 2, uncompressed, committed data only) of one partition in order of offsets.
 * Unpacked, it is a piece of a Kafka log segment file.
 */
export interface ChunkRef {
  /** Index into the manifest's `objects`. */
  readonly object: number;
  /** Where the frame begins in the object, and its length. */
  readonly at: number;
  readonly size: number;
  /** Unpacked bytes. */
  readonly raw: number;
  readonly first: Offset;
  readonly last: Offset;
  readonly records: number;
  /** Smallest and largest timestamp of its records, ms. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  /** Of the unpacked bytes. */
  readonly sha256: string;
}

/**
 * One partition at the cut. What it held is [logStart, end) minus what is not there (aborted, compacted). Held for the point are those chunks of the chain (walked within
 * the point's `needs`) whose last offset is at or past `logStart`, whole: `heldChunks` of chain.ts. The first of them may begin before `logStart`.
 */
export interface PartitionPart {
  readonly partition: number;
  readonly logStart: Offset;
  /** The cut: last stable offset. Exclusive. Less where not everything could be read (a gap says so): the next run goes on from here. */
  readonly end: Offset;
  /** Where the log really ended: transactions open at the cut lie in between. */
  readonly highWatermark: Offset;
  /** Of the records held for this point, all runs together; absent: it holds none. */
  readonly first?: Offset;
  readonly last?: Offset;
  readonly records: number;
  /** Over the unpacked hashes of all its chunks in order, text after text. 64 hex digits; of the empty text where it has none. */
  readonly sha256: string;
  /** Chunks that this run added. */
  readonly chunks: readonly ChunkRef[];
  /** The earlier point whose chunks go before these; absent: these are all. Points without new chunks are skipped. */
  readonly base?: string;
  /** Points that the chain has, this one included; absent: one. */
  readonly depth?: number;
}

export interface TopicPart {
  readonly name: string;
  readonly id: string;
  readonly replicationFactor: number;
  /** Those that differ from the cluster's default. */
  readonly configs: readonly TopicConfig[];
  readonly partitions: readonly PartitionPart[];
}

/** kafka.json */
export interface KafkaPart {
  readonly topics: readonly TopicPart[];
  readonly groups: readonly {
    readonly id: string;
    readonly state: string;
    readonly protocolType: string;
    readonly offsets: readonly GroupOffset[];
  }[];
  readonly acls: readonly StreamAcl[];
  readonly quotas: readonly StreamQuota[];
}

/** schemas.json: a Confluent-compatible registry. */
export interface SchemasPart {
  readonly url: string;
  readonly compatibility?: string;
  readonly subjects: readonly {
    readonly subject: string;
    readonly compatibility?: string;
    readonly versions: readonly {
      readonly version: number;
      readonly id: number;
      readonly type: string;
      readonly schema: string;
      readonly references: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
    }[];
  }[];
}

/** flink.json: one entry for each job that was running. */
export interface FlinkPart {
  readonly url: string;
  readonly version?: string;
  readonly jobs: readonly {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly parallelism?: number;
    readonly maxParallelism?: number;
    readonly entryClass?: string;
    readonly arguments: readonly string[];
    readonly jar?: { readonly name: string; readonly sha256?: string; readonly object?: ObjectRef };
    readonly configuration: Readonly<Record<string, string>>;
    /** Operators by uid where one is set; `auto` ones make a restore fragile. */
    readonly operators: readonly { readonly id: string; readonly name: string; readonly auto: boolean }[];
    /** Present: the job can be started from here. */
    readonly savepoint?: {
      /** Where Flink wrote it. */
      readonly path: string;
      readonly takenAt: Millis;
      readonly objects: readonly ObjectRef[];
    };
    /** Why there is no savepoint. */
    readonly failure?: string;
    /** What it had read of each partition, at the least, when the savepoint was taken, and where the topics ended. */
    readonly offsets: readonly {
      readonly topic: string;
      readonly partition: number;
      readonly committed?: Offset;
      readonly end: Offset;
    }[];
  }[];
}

/** A text that only the holder of the key can read. AES-256-GCM; all bytes base64. */
export interface Sealed {
  readonly algorithm: "AES-256-GCM";
  /** Which key: "file:<fingerprint>" or the ARN of a KMS key. */
  readonly key: string;
  /** The data key, as KMS or the key file sealed it. */
  readonly wrapped: string;
  readonly nonce: string;
  readonly tag: string;
  readonly text: string;
}

/** config.json: what is needed to set everything up again. Values that may be secret are sealed, never in plain text. */
export interface ConfigPart {
  readonly items: readonly {
    /** "headgate", "ecs-service", "ecs-task-definition", "ssm", "secret", "file". */
    readonly kind: string;
    readonly name: string;
    readonly sha256: string;
    readonly text?: string;
    readonly sealed?: Sealed;
  }[];
}

/** metrics.json: a snapshot of a Prometheus server's database. */
export interface MetricsPart {
  readonly url: string;
  readonly snapshot: string;
  readonly objects: readonly ObjectRef[];
}

/** state.json: journal and state tables as NDJSON (zstd). */
export interface StatePart {
  readonly objects: readonly (ObjectRef & { readonly what: "journal" | "state"; readonly lines: number })[];
}
