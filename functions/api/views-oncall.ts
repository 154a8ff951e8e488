import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView } from "./views.ts";

/** What puts somebody on call: a layer of the file (from 1), or an override by its id. */
export interface OncallByView {
  readonly layer?: number;
  readonly override?: string;
}

/** Half open: `until` belongs to the next one. */
export interface ShiftView {
  readonly from: Millis;
  readonly until: Millis;
  /** Absent: nobody is. */
  readonly person?: string;
  readonly by?: OncallByView;
}

export interface OncallNowView {
  readonly schedule: string;
  readonly zone: string;
  /** Absent: nobody is. */
  readonly person?: string;
  /** How the person is called, where the file says it. */
  readonly name?: string;
  readonly by?: OncallByView;
  /** When somebody else takes over, or nobody; absent: not within two years. */
  readonly until?: Millis;
  /** Who comes then; absent: nobody does. */
  readonly next?: string;
  /** The first hours of the next four weeks in which nobody is on call, where this is not meant. */
  readonly gap?: ShiftView;
}

export interface OncallLevelView {
  /** Since the level before. */
  readonly afterMs: number;
  /** Who would be told at this moment: "ann (primary)". */
  readonly tells: readonly string[];
  /** What of the level leads to nobody at this moment, and why. */
  readonly nobody: readonly string[];
}

export interface OncallEscalationView {
  readonly escalation: string;
  /** The receiver of alertmanager.yml that stands for it. */
  readonly receiver: string;
  readonly levels: readonly OncallLevelView[];
  /** How often it begins anew. */
  readonly repeat: number;
  readonly againMs: number;
}

export interface OncallView {
  readonly clock: ClockView;
  readonly at: Millis;
  readonly schedules: readonly OncallNowView[];
  readonly escalations: readonly OncallEscalationView[];
}

export interface OverrideView {
  readonly id: string;
  readonly from: Millis;
  readonly until: Millis;
  readonly person: string;
  readonly why: string;
  /** Absent: it stands in the file. */
  readonly by?: string;
  readonly madeAt?: Millis;
}

export interface OncallScheduleView extends OncallNowView {
  readonly clock: ClockView;
  readonly at: Millis;
  readonly people: readonly string[];
  readonly from: Millis;
  readonly to: Millis;
  readonly shifts: readonly ShiftView[];
  /** Those that are not over. */
  readonly overrides: readonly OverrideView[];
  /** Address for calendar programs: whoever has it can read this schedule. Absent: no `publicUrl` or `linkSecret`. */
  readonly calendar?: string;
}

export interface OverrideChangedView {
  readonly clock: ClockView;
  readonly schedule: string;
  readonly id: string;
  readonly reason: string;
  readonly decision?: string;
  readonly text: string;
  /** Those of the schedule that are not over. */
  readonly overrides: readonly OverrideView[];
}
