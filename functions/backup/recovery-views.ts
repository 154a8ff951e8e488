import type { RecoveryState } from "../../shared/core/backup/recovery/types.ts";
import type { EndedRunbook, Runbook, RunbookRun } from "../../shared/core/backup/runbook/types.ts";
import type { Fault } from "../../shared/core/kernel/errors.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";

/** Both clusters of a mirror. */
export interface MirrorSides {
  readonly source: { readonly alias: string; readonly streams: Streams };
  readonly target: { readonly alias: string; readonly streams: Streams };
  readonly topics: readonly string[];
  readonly connect?: { readonly url: string; readonly connectors: readonly string[] };
}

/** Where recovery of all plans stands. */
export interface RecoveryView {
  /** Absent: the configuration names no such file. */
  readonly disasterRecovery?: {
    readonly file: string;
    readonly primaryRegion: string;
    readonly secondaryRegion: string;
  };
  readonly plans: readonly RecoveryState[];
  /** Plans of which nothing can be said now. */
  readonly troubles: readonly { readonly plan: string; readonly why: string }[];
}

export interface MirrorTextView {
  /** mm2.properties. */
  readonly text: string;
}

export interface MirrorCheckView {
  /** No faults; warnings there may be. */
  readonly ok: boolean;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** A runbook in a list. */
export interface RunbookSummaryView {
  readonly name: string;
  readonly about: string;
  readonly kind: Runbook["kind"];
  /** Made of the disaster-recovery file; else it was handed in with the run. */
  readonly builtIn: boolean;
  readonly steps: readonly { readonly id: string; readonly title: string; readonly approval: boolean }[];
  readonly current?: {
    readonly id: string;
    readonly rehearsal: boolean;
    readonly at?: string;
    readonly status?: string;
  };
  readonly last?: {
    readonly id: string;
    readonly rehearsal: boolean;
    readonly outcome: string;
    readonly endedAt: number;
  };
}

export interface RunbooksView {
  readonly items: readonly RunbookSummaryView[];
  /** Why there are none that are built in; absent: there are. */
  readonly none?: string;
}

/** A runbook with its run and those that are over. */
export interface RunbookView {
  readonly name: string;
  /** Absent: it was handed in with a run that is over. */
  readonly runbook?: Runbook;
  readonly current?: RunbookRun;
  /** The newest first. */
  readonly ended: readonly EndedRunbook[];
}
