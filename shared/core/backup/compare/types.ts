import type { Offset } from "../../kernel/streams.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { ConfigPart, FlinkPart, Gap, KafkaPart, Manifest, SchemasPart } from "../format/types.ts";

/** A point, opened; parts it has none of are absent. */
export interface OpenPoint {
  readonly manifest: Manifest;
  readonly kafka?: KafkaPart;
  readonly schemas?: SchemasPart;
  readonly flink?: FlinkPart;
  readonly config?: ConfigPart;
}

/** `from` or `to` absent: it was not there. */
export interface Change<T> {
  readonly name: string;
  readonly from?: T;
  readonly to?: T;
}

export interface PartitionDiff {
  readonly partition: number;
  /** Offsets that came after the older cut. */
  readonly added: Offset;
  /** Offsets that retention, or somebody, removed at the front. */
  readonly removed: Offset;
  /** Records held, then and now: compaction and aborted transactions make them fewer than the offsets. */
  readonly records: { readonly from: number; readonly to: number };
  /** The end went backwards: the log was cut, or the topic made again. */
  readonly truncated?: { readonly from: Offset; readonly to: Offset };
}

export interface TopicDiff {
  readonly name: string;
  readonly kind: "added" | "removed" | "recreated" | "changed";
  /** Records held, of all partitions. */
  readonly records: { readonly from: number; readonly to: number };
  readonly added: Offset;
  readonly removed: Offset;
  readonly partitions: readonly PartitionDiff[];
  /** Settings, and `partitions` and `replication.factor` where they changed. */
  readonly settings: readonly Change<string>[];
}

export interface GroupDiff {
  readonly id: string;
  readonly kind: "added" | "removed" | "moved";
  /** Sum over partitions of how far it moved; negative: it was set back. */
  readonly by: Offset;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly from?: Offset;
    readonly to?: Offset;
  }[];
}

export interface JobDiff {
  readonly name: string;
  readonly kind: "added" | "removed" | "changed";
  readonly changes: readonly Change<string>[];
}

/** Of configuration only names and hashes are told, never what stands in it. */
export interface ConfigDiff {
  readonly kind: string;
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  readonly from?: string;
  readonly to?: string;
}

/** What is different in `to`, seen from `from`. Lists hold what differs only; everything is sorted by name. */
export interface PointDiff {
  readonly from: { readonly id: string; readonly cutAt: Millis };
  readonly to: { readonly id: string; readonly cutAt: Millis };
  /** Negative where `to` is the older one. */
  readonly apartMs: DurationMs;
  readonly topics: readonly TopicDiff[];
  readonly unchangedTopics: number;
  readonly groups: readonly GroupDiff[];
  readonly jobs: readonly JobDiff[];
  readonly config: readonly ConfigDiff[];
  readonly schemas: readonly Change<string>[];
  readonly acls: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly quotas: readonly Change<string>[];
  /** Gaps that `to` tells and `from` did not. */
  readonly gaps: readonly Gap[];
  readonly same: boolean;
}
