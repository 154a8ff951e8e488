import type { GroupOffset, Offset, StreamAcl, StreamGroup, StreamQuota, TopicConfig } from "../../kernel/streams.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Gap, Manifest, PartitionPart } from "../format/types.ts";

/** One partition as the cut found it, and what is to be read of it. */
export interface PartitionCut {
  readonly partition: number;
  readonly logStart: Offset;
  /** Last stable offset: where reading ends. */
  readonly stable: Offset;
  readonly highWatermark: Offset;
  /** Where reading begins; equal to `stable` where nothing is new. */
  readonly from: Offset;
  /** What the previous point says of it goes before what is read; absent: everything is read. */
  readonly before?: Pick<PartitionPart, "logStart" | "end" | "depth"> & { readonly base?: string };
}

export interface TopicCut {
  readonly name: string;
  readonly id: string;
  readonly replicationFactor: number;
  readonly configs: readonly TopicConfig[];
  readonly partitions: readonly PartitionCut[];
}

/** `work/<plan>/<id>/cut-<hash>.json`: everything that was true at one moment, and what follows from it for the run. */
export interface Cut {
  readonly v: 1;
  readonly at: Millis;
  readonly kind: "full" | "incremental";
  readonly cluster?: { readonly name: string; readonly id: string; readonly brokers: number };
  /** The point this one continues. */
  readonly previous?: { readonly id: string; readonly sha256: string; readonly needs: Manifest["needs"] };
  readonly topics: readonly TopicCut[];
  readonly groups: readonly (Omit<StreamGroup, "offsets"> & { readonly offsets: readonly GroupOffset[] })[];
  readonly acls: readonly StreamAcl[];
  readonly quotas: readonly StreamQuota[];
  readonly gaps: readonly Gap[];
  readonly warnings: readonly string[];
}
