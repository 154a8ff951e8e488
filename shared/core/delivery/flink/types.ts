import type { Action, Clause } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { JobDetails, ListedJob, SavepointLook } from "./job.ts";
import type { FlinkReason } from "./reasons.ts";
import type { FlinkSection } from "./section.ts";

export type Colour = "blue" | "green";
export type FlinkMode = FlinkSection["mode"];

/** What runs: enough to start it again. */
export interface FlinkRelease {
  readonly version: string;
  /** File that is uploaded where the cluster does not have it. */
  readonly jarFile?: string;
  /** Id of a jar on the cluster; counts where there is no file. */
  readonly jarId?: string;
  readonly entryClass?: string;
  readonly arguments: readonly string[];
  readonly parallelism?: number;
}

/**
 * - `measuring` the jar is checked, the old job's output measured; nothing was touched yet;
 * - `savepointing` the savepoint is taken (and the old job stopped with it);
 * - `starting` the new job starts from it; `judging` it runs with every task and is judged; `approval` it waits for a person;
 * - `retiring` the old job is cancelled, or seen to be gone;
 * - `cleaning` the new job is cancelled; `resuming` the old one starts from its own state again;
 * - `stuck` nothing runs and nothing of ours helps: a person has been told;
 * - `promoted`, `rolled_back` it is over.
 */
export type FlinkPhase =
  | "measuring"
  | "savepointing"
  | "starting"
  | "judging"
  | "approval"
  | "retiring"
  | "cleaning"
  | "resuming"
  | "stuck"
  | "promoted"
  | "rolled_back";

/** Somebody's word. */
export interface Said {
  readonly by: string;
  readonly why: string;
  readonly at: Millis;
}

/** One thing that the new job has to show. `ok` absent: nobody can tell; null: it is not asked for. */
export interface FlinkCheck {
  readonly name: "running" | "restored" | "restarts" | "checkpoints" | "failed-checkpoints" | "lag" | "output";
  readonly ok?: boolean | null;
  /** Waiting does not make it good. */
  readonly final?: boolean;
  readonly text: string;
}

/** The job that ran when the switch began. */
export interface OldJob {
  readonly jobId: string;
  readonly name: string;
  readonly colour: Colour;
  /** What it runs; absent: started by another hand, so that it cannot be started again. */
  readonly release?: FlinkRelease;
  /** Its output when it was seen last, and when it was seen to change first and last: metrics go in steps of some seconds. */
  readonly out?: number;
  readonly first?: Sample;
  readonly last?: Sample;
  /** Records a second and lag before its savepoint, where they are known. */
  readonly perSecond?: number;
  readonly lag?: number;
  /** Its newest checkpoint seen, and the savepoint it had before ours. */
  readonly checkpoint?: string;
  readonly checkpointSeenAt?: Millis;
  readonly savepointBefore?: string;
}

export interface Sample {
  readonly at: Millis;
  readonly out: number;
}

export type FlinkFailure =
  | "jar_refused"
  | "old_job_not_running"
  | "old_job_gone"
  | "savepoint_failed"
  | "start_refused"
  | "never_running"
  | "new_job_failed"
  | "new_job_gone"
  | "restored_from_elsewhere"
  | "name_differs"
  | "judged_bad"
  | "deadline"
  | "aborted";

/** A switch of colours, under way or over. Plain JSON, about 2 KB. */
export interface FlinkSwitch {
  /** "rol_…" */
  readonly id: string;
  readonly release: FlinkRelease;
  readonly mode: FlinkMode;
  readonly phase: FlinkPhase;
  readonly since: Millis;
  readonly startedAt: Millis;
  readonly deadline: Millis;
  readonly started: Said;
  readonly paused?: Said;
  readonly approved?: Said;
  /** A person ends the judging: what is final still fails it. */
  readonly ordered?: Said;
  /** Absent: no job ran. */
  readonly old?: OldJob;
  readonly jobId: string;
  readonly colour: Colour;
  readonly triggerId: string;
  /** The plan of its jar could be made. */
  readonly checked?: boolean;
  readonly savepoint?: string;
  /** Instant of the last asking, by "type:job". */
  readonly asked: Readonly<Record<string, Millis>>;
  /** What the cluster refused. */
  readonly refused?: { readonly type: FlinkAction["type"]; readonly why: string };
  /** The new job was seen; and since when it is not listed any more. */
  readonly seen?: boolean;
  readonly goneSince?: Millis;
  /** Counters of when every task ran first, and since when they all run without a break; absent in a break. */
  readonly ready?: {
    readonly since?: Millis;
    readonly first?: Sample;
    readonly completed?: number;
    readonly failed?: number;
    readonly restarts?: number;
  };
  readonly checks?: readonly FlinkCheck[];
  readonly failure?: {
    readonly reason: FlinkFailure;
    readonly text: string;
    readonly at: Millis;
    readonly by?: string;
  };
  /** The old job's new run: which try, its id and what it starts from. */
  readonly again?: {
    readonly tries: number;
    readonly jobId: string;
    readonly from: string;
    readonly at: Millis;
    readonly seen?: boolean;
  };
  /** Tries of the old job's start count from here. */
  readonly triesFrom?: number;
  /** States that are left to start the old job from, best first. */
  readonly states?: readonly string[];
  readonly told?: readonly string[];
  readonly endedAt?: Millis;
  /** How it ended, a sentence. */
  readonly result?: string;
}

export interface FlinkState {
  readonly v: 1;
  readonly current?: FlinkSwitch;
  /** Newest first, at most 5. */
  readonly ended: readonly FlinkSwitch[];
  /** The job that is the service, and what it runs. */
  readonly stable?: { readonly jobId: string; readonly release?: FlinkRelease };
}

/** What is really there. What is absent could not be read: what depends on it is held. */
export interface FlinkLook {
  readonly kind: "look";
  /** Jobs that bear the name, and those asked for by id, ended ones too. */
  readonly jobs?: readonly ListedJob[];
  readonly details?: Readonly<Record<string, JobDetails>>;
  /** Of our trigger. */
  readonly savepoint?: SavepointLook;
  readonly failures?: readonly string[];
}

export interface FlinkStart {
  readonly kind: "start";
  readonly id: string;
  readonly release: FlinkRelease;
  /** What runs today, where another hand started it. */
  readonly previous?: FlinkRelease;
  readonly mode?: FlinkMode;
  /** Where no job runs: start from this savepoint, or without any state. */
  readonly savepoint?: string;
  readonly fresh?: boolean;
  readonly look?: FlinkLook;
  readonly by: string;
  readonly why: string;
}

export type FlinkCommandName = "pause" | "resume" | "promote" | "skip" | "approve" | "abort" | "rollback";

export interface FlinkCommand {
  readonly kind: "command";
  readonly command: FlinkCommandName;
  /** The switch that is meant; absent: the current one. */
  readonly id?: string;
  readonly look?: FlinkLook;
  readonly by: string;
  readonly why: string;
}

export type FlinkInput = FlinkStart | FlinkCommand | FlinkLook;

interface Base extends Action {
  readonly service: string;
  readonly rollout: string;
}

/** All may be repeated: job and trigger ids are the rollout's own. */
export type FlinkAction =
  | (Base & { readonly type: "flink_check"; readonly release: FlinkRelease })
  | (Base & {
      readonly type: "flink_savepoint";
      readonly jobId: string;
      readonly triggerId: string;
      readonly directory: string;
    })
  | (Base & {
      readonly type: "flink_stop";
      readonly jobId: string;
      readonly triggerId: string;
      readonly directory: string;
    })
  | (Base & {
      readonly type: "flink_run";
      readonly jobId: string;
      readonly release: FlinkRelease;
      readonly savepoint?: string;
      readonly allowNonRestored: boolean;
    })
  | (Base & { readonly type: "flink_cancel"; readonly jobId: string })
  | (Base & {
      readonly type: "tell";
      readonly event: "started" | "approval_needed" | "failed" | "rolled_back" | "promoted" | "stuck";
      readonly text: string;
    });

export interface FlinkConfig {
  readonly service: string;
  readonly flink: FlinkSection;
  readonly mode: "observe" | "recommend" | "act";
  readonly approval: boolean;
  /** The whole switch. */
  readonly deadlineMs: DurationMs;
  /**
   * What was asked of the cluster may show this late: longer than any call to it takes. A clock that runs faster has it longer by as much.
   */
  readonly lingerMs: DurationMs;
}

/** What one phase makes of a look. */
export interface FlinkMoved {
  readonly is: FlinkSwitch;
  readonly actions: readonly FlinkAction[];
  readonly reason: FlinkReason;
  readonly trace: readonly Clause[];
}
