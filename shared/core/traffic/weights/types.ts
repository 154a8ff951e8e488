import type { Millis } from "../../kernel/time.ts";
import type { Parts } from "./shares.ts";

/** What the machine of a service's weights needs of its configuration. Plain JSON. */
export interface WeightsConfig {
  readonly service: string;
  /** Shares that the configuration wants; absent: it wants none, and nothing is set unless somebody asks. */
  readonly versions?: Readonly<Record<string, number>>;
  /** Versions that have a target group. */
  readonly targets: readonly string[];
}

/** What the load balancer serves now. */
export interface Observed {
  readonly weights: Parts;
  /** Parts of groups that are not ours. */
  readonly others: number;
  readonly stickySeconds?: number;
}

interface Look {
  /** Absent: it could not be read, and `failure` says why. */
  readonly observed?: Observed;
  readonly failure?: string;
}

export type WeightsInput =
  | (Look & { readonly kind: "weights_look" })
  /** Shares above the configuration's, by a person or a delivery, until they are released. */
  | (Look & {
      readonly kind: "weights_want";
      readonly shares: Readonly<Record<string, number>>;
      readonly by: string;
      readonly why: string;
      /** Also where another hand has changed them. */
      readonly takeOver?: boolean;
    })
  /** Back to the configuration's. */
  | (Look & { readonly kind: "weights_release"; readonly by: string; readonly why: string });

export interface WeightsState {
  readonly v: 1;
  readonly asked?: {
    readonly shares: Readonly<Record<string, number>>;
    readonly by: string;
    readonly why: string;
    readonly at: Millis;
  };
  /** The last that was set by us, or was as wanted when we looked. */
  readonly set?: { readonly parts: Parts; readonly at: Millis };
  /** Being set; ends when what became of it is known. */
  readonly setting?: { readonly parts: Parts; readonly at: Millis };
  /** Another hand's, which stay until something else is wanted than was then. */
  readonly other?: { readonly parts: Parts; readonly wanted: Parts; readonly at: Millis };
  readonly refused?: { readonly wanted: Parts; readonly why: string; readonly at: Millis };
}

export interface SetWeightsAction {
  readonly type: "set_weights";
  readonly key: string;
  readonly weights: Parts;
  readonly expected: Parts;
}

/** How every decision about weights can end. */
export type WeightsReason =
  | "weights_set"
  | "weights_verified"
  | "weights_in_force"
  | "held_nothing_wanted"
  | "held_no_group"
  | "held_no_share"
  | "held_unreadable"
  | "held_other_hand"
  | "held_refused";
