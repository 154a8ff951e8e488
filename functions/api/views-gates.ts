import type { GateReason, GateVerdict } from "../../shared/core/delivery/gate/types.ts";
import type { GateSystem } from "../../shared/core/delivery/hooks/gate-run-types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView } from "./views.ts";

/** What people have said at a gate. */
export interface DoorView {
  readonly status: "open" | "closed";
  readonly by: string;
  readonly at: Millis;
}

/** A rollout that another system makes and Headgate judges. */
export interface GateView {
  readonly system: GateSystem;
  readonly id: string;
  readonly service: string;
  /** Which try it is, in the other system's words. */
  readonly run?: string;
  readonly begunAt?: Millis;
  /** Since when it waits for a person; absent: it does not. */
  readonly waitsSince?: Millis;
  readonly verdict?: GateVerdict;
  readonly reason?: GateReason;
  readonly text?: string;
  /** Its final answer. */
  readonly ended?: { readonly ok: boolean; readonly text: string; readonly at: Millis };
  readonly gate?: DoorView;
  readonly rollback?: DoorView;
}

export interface GatesView {
  readonly clock: ClockView;
  readonly items: readonly GateView[];
  readonly cursor?: string;
}

export interface GateSetView extends GateView {
  readonly clock: ClockView;
}

/** What stands in the address of a hook of somebody who can send no header. */
export interface HookTokensView {
  readonly clock: ClockView;
  readonly service: string;
  readonly hooks: readonly { readonly system: GateSystem; readonly path: string }[];
}
