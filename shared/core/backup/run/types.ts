import type { Action, Clause } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { PartKind } from "../format/types.ts";
import type { Bits } from "./bits.ts";
import type { RunReason } from "./reasons.ts";

/** Subject of a plan's runs; other subjects of the noun have another beginning. */
export const runSubject = (plan: string): string => `run:${plan}`;

export type Beside = Exclude<PartKind, "kafka">;

/** What the machine needs to know of a plan. */
export interface RunConfig {
  readonly plan: string;
  /** Between two runs; absent: only when somebody says so. */
  readonly every?: DurationMs;
  readonly deadlineMs: DurationMs;
  readonly workers: number;
  /** Parts beside the topics. */
  readonly parts: readonly Beside[];
  readonly verify: "shallow" | "deep" | "off";
  /** Between two looks at a run that nothing woke. */
  readonly pollMs: DurationMs;
  /** A worker that was not heard of for so long is taken for dead: longer than a function lives. */
  readonly silenceMs: DurationMs;
  /** After the first failure of a step; doubles with each. */
  readonly backOffMs: DurationMs;
}

/**
 * - `cutting` savepoints are taken, then offsets, settings and groups are read, all in one round: whatever a savepoint says was read is before the cut;
 * - `copying` workers read the units; the other parts are made meanwhile;
 * - `collecting` the units are through, parts are still being made;
 * - `folding` everything that was read is put together; `sealing` the manifest is written;
 * - `verifying` what was written is read back. Then it is over: what is too old goes, and what the run left lying about.
 */
export type RunPhase = "cutting" | "copying" | "collecting" | "folding" | "sealing" | "verifying";

/** What is kept of the cut; the cut itself lies at the destinations. */
export interface CutNote {
  /** First digits of the hash of its text; it is part of its key. */
  readonly name: string;
  readonly at: Millis;
  readonly kind: "full" | "incremental";
  /** The point it continues. */
  readonly previous?: string;
  readonly units: number;
  /** Estimated. */
  readonly bytes: number;
  readonly topics: number;
  readonly partitions: number;
  readonly gaps: number;
}

/** How far a part beside the topics came. What it made lies at the destinations, under the name. */
export interface PartNote {
  readonly status: "waiting" | "done" | "failed";
  readonly name?: string;
  /** When it makes sense to go on. */
  readonly at: Millis;
  readonly tries: number;
  readonly why?: string;
  /** What has to be there before the cut is: savepoints are taken, though not copied yet. */
  readonly ready?: true;
}

export interface PointNote {
  readonly id: string;
  readonly cutAt: Millis;
  readonly kind: "full" | "incremental";
  /** Destinations that have it, and those that do not. */
  readonly at: readonly string[];
  readonly missing: readonly string[];
  /** Why not there: what each of `missing` said, in the same order. */
  readonly missingWhy?: readonly string[];
  readonly records: number;
  readonly newRecords: number;
  readonly newBytes: number;
  readonly storedBytes: number;
  readonly gaps: number;
  /** The first of them that alert, whole sentences. */
  readonly alarming: readonly string[];
  readonly warnings: number;
  readonly verified?: "ok" | "failed" | "not_done";
}

/** A unit that a worker should be reading. */
export interface Flying {
  readonly unit: number;
  /** Receipts it had when it was sent. */
  readonly parts: number;
  /** When it was sent. */
  readonly at: Millis;
  readonly tries: number;
  /** It failed, and is sent again then. */
  readonly again?: Millis;
}

export interface BackupRun {
  readonly id: string;
  readonly by: string;
  readonly why: string;
  readonly phase: RunPhase;
  /** When the phase began. */
  readonly since: Millis;
  readonly startedAt: Millis;
  readonly deadline: Millis;
  readonly cut?: CutNote;
  /** Units that are whole, and those that were given up. */
  readonly done: Bits;
  readonly lost: readonly number[];
  readonly flying: readonly Flying[];
  /** Units before it were sent at least once. */
  readonly sent: number;
  readonly counts: {
    readonly units: number;
    readonly bytes: number;
    readonly records: number;
    readonly storedBytes: number;
  };
  readonly parts: { readonly [kind in Beside]?: PartNote };
  /** What the manifest will be: it lies at the destinations under this name. */
  readonly draft?: string;
  readonly point?: PointNote;
  /** Failures of the step at hand in a row, and when it is tried again. */
  readonly failures: number;
  readonly againAt?: Millis;
  /** The last thing that failed, whole sentence. */
  readonly trouble?: string;
  /** When a worker was asked to verify, and what it found. */
  readonly asked?: Millis;
  readonly verified?: { readonly ok: boolean; readonly text: string };
}

export interface EndedRun {
  readonly id: string;
  readonly outcome: "sealed" | "failed" | "stopped";
  readonly text: string;
  readonly startedAt: Millis;
  readonly endedAt: Millis;
  readonly phase: RunPhase;
  readonly point?: PointNote;
}

export interface RunState {
  readonly v: 1;
  readonly current?: BackupRun;
  /** The newest first. */
  readonly ended: readonly EndedRun[];
  /** When the next run is due by the plan. */
  readonly nextAt?: Millis;
  /** The newest point that was made. */
  readonly point?: PointNote;
  /** Since when there should be points. */
  readonly watchedFrom?: Millis;
  /** Runs that failed in a row. */
  readonly failures: number;
  /** Points that turned out not to be whole: none continues them. */
  readonly avoid: readonly string[];
  /** Last time people were told that points are missing. */
  readonly missedAt?: Millis;
}

/** A unit of which receipts were seen that were not known. */
export interface SeenUnit {
  readonly unit: number;
  /** Receipts it has. */
  readonly parts: number;
  /** Nothing of it is left. */
  readonly whole: boolean;
  /** Of all its receipts. */
  readonly bytes: number;
  readonly records: number;
  readonly storedBytes: number;
}

export interface RunLook {
  readonly kind: "look";
  /** Units whose receipts are there, of those that are not known to be whole. */
  readonly units?: readonly SeenUnit[];
  /** What verification found. */
  readonly verified?: { readonly ok: boolean; readonly text: string };
  /** Units whose worker said that it failed. */
  readonly failed?: readonly { readonly unit: number; readonly why: string }[];
  readonly failures?: readonly string[];
}

export interface RunStart {
  readonly kind: "start";
  readonly id: string;
  readonly by: string;
  readonly why: string;
}

export interface RunStop {
  readonly kind: "stop";
  /** The run that is meant; absent: the one under way. */
  readonly id?: string;
  readonly by: string;
  readonly why: string;
}

/** `id`: what a run that begins at this look is called. */
export type RunInput = (RunLook & { readonly id: string }) | RunStart | RunStop;

interface Base extends Action {
  readonly plan: string;
  readonly run: string;
}

export type TellEvent = "failed" | "gaps" | "degraded" | "damaged" | "missed";

/** All may be repeated: what they write is named by its content, or written only if absent. */
export type RunAction =
  | (Base & { readonly type: "take_cut"; readonly avoid: readonly string[] })
  | (Base & {
      readonly type: "send_units";
      readonly cut: string;
      readonly units: readonly { readonly unit: number; readonly attempt: number }[];
    })
  | (Base & { readonly type: "make_part"; readonly kind: Beside; readonly progress?: string })
  | (Base & {
      readonly type: "fold";
      readonly cut: string;
      readonly startedAt: Millis;
      readonly finishedAt: Millis;
      readonly parts: { readonly [kind in Beside]?: { readonly name?: string; readonly why?: string } };
    })
  | (Base & { readonly type: "seal"; readonly draft: string })
  | (Base & { readonly type: "verify"; readonly depth: "shallow" | "deep" })
  /** `late`: somebody may still be writing the manifest, so the data stays; what nobody refers to is swept later. */
  | (Base & { readonly type: "prune"; readonly sealed: boolean; readonly late?: boolean })
  | (Base & {
      readonly type: "tell";
      readonly raise: readonly { readonly event: TellEvent; readonly text: string }[];
      readonly end: readonly TellEvent[];
    });

/** What one phase makes of a look. */
export interface RunMoved {
  readonly run: BackupRun;
  readonly actions: readonly RunAction[];
  readonly reason: RunReason;
  readonly trace: readonly Clause[];
  /** The run is over. */
  readonly ended?: Pick<EndedRun, "outcome" | "text">;
}
