import type { Action } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { GateSettings } from "../gate/settings.ts";
import type { JudgedInterval, Judging } from "./judging.ts";

/** Who asks Headgate to judge a rollout of its own. */
export type GateSystem = "ecs" | "codedeploy" | "flagger" | "argo" | "kayenta";

/** Subject of one judgement for somebody else; `id` is unique in that system. */
export const gateRunSubject = (system: GateSystem, id: string): string => `gate:${system}/${id}`;

export interface GateRunConfig {
  readonly system: GateSystem;
  readonly service: string;
  /** Absent: nothing is judged, the gate is what people say. */
  readonly gate?: GateSettings;
  /** Judged for so long; then an undecided release is let through or not, by `insufficient`. */
  readonly forMs: number;
  /** How long data of the new version may be missing. */
  readonly patienceMs: number;
  readonly insufficient: "hold" | "continue" | "pause" | "fail";
  readonly passEarly: boolean;
}

/** Opened or closed by hand. */
export interface Door {
  readonly status: "open" | "closed";
  readonly by: string;
  readonly at: Millis;
}

export interface GateRunState {
  readonly v: 1;
  /** Which try of the rollout: with another one it begins anew (Flagger: checksum; CodeDeploy: the call's id). */
  readonly run?: string;
  readonly service?: string;
  readonly begunAt?: Millis;
  /** What the new version did before is not judged: it was another rollout, or is not asked about. */
  readonly notBefore?: Millis;
  /** Traffic was let grow on no data, once: there is none before there is traffic. */
  readonly grewAt?: Millis;
  /** Since when it waits for a person. */
  readonly knockedAt?: Millis;
  readonly judging?: Judging;
  /** Final answer; absent while it is open. */
  readonly ended?: {
    readonly ok: boolean;
    readonly text: string;
    readonly at: Millis;
    /** Not shown to be bad, only not shown to be good in time. */
    readonly unknown?: true;
  };
  /** What this judgement still has to tell, and whether it has. */
  readonly report?: { readonly deploymentId: string; readonly executionId: string; readonly told?: Millis };
  readonly doors?: { readonly gate?: Door; readonly rollback?: Door };
  /** Versions or scopes it compares, where the caller names them, and the time it is about (Kayenta). */
  readonly asked?: {
    readonly canary: string;
    readonly baseline: string;
    readonly from?: Millis;
    readonly to?: Millis;
    readonly pass?: number;
    readonly marginal?: number;
  };
}

export type GateRunInput =
  | {
      readonly kind: "gate_look";
      /** Another than the state's: it begins anew. */
      readonly run?: string;
      readonly report?: { readonly deploymentId: string; readonly executionId: string };
      readonly asked?: GateRunState["asked"];
      readonly intervals?: readonly JudgedInterval[];
      readonly failure?: string;
    }
  /** The first traffic is let through. */
  | { readonly kind: "gate_grow" }
  /** Somebody waits for a person. */
  | { readonly kind: "gate_knock"; readonly run?: string }
  | {
      readonly kind: "gate_door";
      readonly door: "gate" | "rollback";
      readonly status: "open" | "closed";
      readonly by: string;
    };

/** Tells CodeDeploy how the hook ended (PutLifecycleEventHookExecutionStatus). */
export interface ReportAction extends Action {
  readonly type: "report_codedeploy";
  readonly deploymentId: string;
  readonly executionId: string;
  readonly status: "Succeeded" | "Failed";
}

export type GateRunReason =
  | "gate_begun"
  | "gate_judged"
  | "gate_passed"
  | "gate_failed"
  | "gate_insufficient"
  | "gate_let_through"
  | "first_traffic"
  | "approval_asked"
  | "door_opened"
  | "door_closed"
  | "held_over"
  | "held_no_data"
  | "held_judging";
