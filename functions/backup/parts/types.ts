import type {
  ConfigPart,
  FlinkPart,
  Gap,
  MetricsPart,
  SchemasPart,
  StatePart,
} from "../../../shared/core/backup/format/types.ts";
import type { WrittenObject } from "../../../shared/core/backup/run/unit.ts";
import type { BackupConfig } from "../../../shared/core/backup/section.ts";
import type { Json } from "../../../shared/core/kernel/json.ts";
import type { StreamsClusterConfig } from "../../../shared/core/kernel/streams-section.ts";
import type { DurationMs } from "../../../shared/core/kernel/time.ts";
import type { Streams } from "../../../shared/core/ports/streams.ts";
import type { AwsClients } from "../../../shared/edge/aws-clients.ts";
import type { Http } from "../../../shared/edge/http-client.ts";
import type { Sealer } from "../../../shared/edge/seal.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import type { Place } from "../place.ts";

/** The parts beside the topics, by kind. */
export interface Parts {
  readonly schemas: SchemasPart;
  readonly flink: FlinkPart;
  readonly config: ConfigPart;
  readonly metrics: MetricsPart;
  readonly state: StatePart;
}
export type BesideKind = keyof Parts;

/** What making a part needs. All of it belongs to one restore point. */
export interface PartContext {
  readonly runtime: Pick<Runtime, "now" | "store" | "journal" | "objects" | "speed"> &
    Partial<Pick<Runtime, "jobs" | "stage">>;
  readonly tenant: string;
  readonly plan: string;
  /** Id of the restore point, "bkp_20261123_073000". */
  readonly point: string;
  readonly config: BackupConfig;
  readonly places: readonly Place[];
  /** Folder of the configuration file. */
  readonly baseDir: string;
  /** The cluster the topics come from, and its settings; absent: none is named. */
  readonly streams?: Streams;
  readonly cluster?: StreamsClusterConfig;
  readonly http: Http;
  readonly clients: AwsClients;
  /** Headgate's configuration as text, where it is at hand; default: what is in force. */
  readonly applied?: { readonly text: string; readonly files?: Readonly<Record<string, string>> };
  /** Value behind env:NAME, file:path or ssm:/path; rejects with an error that does not hold it. */
  readonly secret: (reference: string) => Promise<string>;
  /** Absent: the plan names no key, and what is secret is left out. */
  readonly sealer?: Sealer;
  /** Why the key that the plan names cannot be used; then there is no sealer either. */
  readonly keyTrouble?: string;
  /** Whether there is time left in this invocation to begin another piece of work. */
  readonly more: () => boolean;
}

/** How far a part came. `progress` is small JSON that goes into the next call with the same context. */
export type PartStep<Kind extends BesideKind = BesideKind> =
  | {
      readonly status: "done";
      readonly part: Parts[Kind];
      /** Everything that was written for it but the part itself. */
      readonly objects: readonly WrittenObject[];
      readonly warnings: readonly string[];
      readonly gaps: readonly Gap[];
    }
  /** `againMs`: real time after which going on makes sense; 0: at once, in another invocation. `ready`: the cut need not wait for it any more. */
  | { readonly status: "waiting"; readonly progress: Json; readonly againMs: DurationMs; readonly ready?: true }
  /** It cannot be had; whole sentence. The rest of the point does not depend on it. */
  | { readonly status: "failed"; readonly why: string };
