import type { Action } from "../../kernel/step.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { Day } from "../day.ts";

/** Subject of a scheduled report; other subjects of the noun have another beginning. */
export const reportSubject = (name: string): string => `report:${name}`;

export interface ReportConfig {
  readonly report: string;
  readonly every: "daily" | "weekly";
  /** Hour of UTC; weekly reports are made on Mondays. */
  readonly at: number;
  /** Whom it is told to: "receiver/integration", as alerting has them. */
  readonly targets: readonly string[];
  /** First pause after a failure; doubles, one hour at the most. */
  readonly backOffMs: DurationMs;
}

/** What was made of a period: enough to tell people in a line, the rest lies in the files. */
export interface MadeReport {
  /** Exact decimal text, with its currency; absent where no source could be read. */
  readonly total?: string;
  readonly currency: string;
  readonly basis: "billed" | "effective";
  /** One line for people. */
  readonly summary: string;
  /** A few lines for people: what is largest, what changed. */
  readonly lines: readonly string[];
  /** Sources that may not be read, or did not answer: "aws: denied: …". */
  readonly troubles: readonly string[];
  /** Whether one of them is denied: nothing that waiting would mend. */
  readonly denied: boolean;
  /** Where the files lie: addresses for people. */
  readonly files: readonly string[];
  /** Destinations that have it. */
  readonly places: readonly string[];
  /** Destinations that do not have it yet, and why. */
  readonly missing: readonly { readonly place: string; readonly why: string }[];
}

export interface ReportRun {
  /** "weekly@2024-09-08": report and last day; the same for everybody who makes it, so that it is made once. */
  readonly id: string;
  /** First and last day, both included. */
  readonly from: Day;
  readonly to: Day;
  readonly scheduledAt: Millis;
  readonly startedAt: Millis;
  readonly by: string;
  readonly phase: "making" | "telling";
  /** In a row, of this phase. */
  readonly failures: number;
  readonly againAt?: Millis;
  readonly why?: string;
  readonly made?: MadeReport;
  /** Targets that were told. */
  readonly told: readonly string[];
  /** Targets that refused for good, and what they said. */
  readonly refused: readonly { readonly target: string; readonly why: string }[];
}

/** What is kept of a report that is over. */
export interface ReportNote {
  readonly id: string;
  readonly from: Day;
  readonly to: Day;
  readonly endedAt: Millis;
  readonly status: "made" | "partly" | "failed";
  readonly summary: string;
  readonly files: readonly string[];
  readonly told: readonly string[];
  readonly troubles: readonly string[];
}

export interface ReportState {
  readonly v: 1;
  /** When it was first seen: what was due before is not made up for. */
  readonly since: Millis;
  /** The last instant of the schedule that was taken up. */
  readonly lastAt?: Millis;
  readonly current?: ReportRun;
  /** The newest first. */
  readonly ended: readonly ReportNote[];
  /** What people were told and that is not over. */
  readonly open: readonly ReportEvent[];
}

/** `failed`: a report could not be made or told; `denied`: bills may not be read. */
export type ReportEvent = "failed" | "denied";

export type ReportInput =
  | { readonly kind: "look" }
  /** Made now, by somebody's word; the schedule goes on as it was. */
  | {
      readonly kind: "ask";
      readonly by: string;
      readonly to?: Day;
      /** Begun here, made by whoever looks at it next: for askers whose time is short. */
      readonly later?: boolean;
    };

export type ReportReason =
  | "begun"
  | "asked"
  | "again"
  | "told"
  | "finished"
  | "given_up"
  | "held_not_due"
  | "held_back_off"
  | "refused_under_way";

export type ReportAction = Action &
  (
    | {
        readonly type: "make_report";
        readonly report: string;
        readonly run: string;
        readonly from: Day;
        readonly to: Day;
        readonly every: "daily" | "weekly";
        /** Destinations that have it already. */
        readonly done: readonly string[];
      }
    | {
        readonly type: "tell_receiver";
        readonly report: string;
        readonly run: string;
        readonly target: string;
        readonly to: Day;
        readonly summary: string;
        readonly lines: readonly string[];
        readonly files: readonly string[];
      }
    | {
        readonly type: "tell_people";
        readonly report: string;
        readonly raise: readonly { readonly event: ReportEvent; readonly text: string }[];
        readonly end: readonly ReportEvent[];
      }
  );
