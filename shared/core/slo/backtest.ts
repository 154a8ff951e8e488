import { HOUR_MS, MINUTE_MS, type Millis } from "../kernel/time.ts";
import { look, spentOf, standingOf } from "./evaluate.ts";
import { slo } from "./machine.ts";
import { advanceBy, newTrack } from "./track.ts";
import type { AlertAction, AlertKind, Minute, Objective, Severity } from "./types.ts";

/** An alert that would have gone out. */
export interface WouldFire {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly from: Millis;
  /** Absent: still on at the end. */
  readonly to?: Millis;
  readonly summary: string;
}

export interface Backtest {
  readonly alerts: readonly WouldFire[];
  readonly pages: number;
  readonly tickets: number;
  /** At the end of each hour, and of all: the share of the period's budget that was spent (1 is all); absent without events. */
  readonly budget: readonly { readonly at: Millis; readonly spent?: number }[];
  /** Minutes by what they were. */
  readonly known: number;
  readonly unknown: number;
  readonly invalid: number;
}

/**
 * Plays recorded minutes through the very machine that decides in service, as if no dry run were set.
 *
 * @param from beginning of the first minute (a whole minute)
 * @param minutes one after the other, judged already; of objectives by slices the minutes that slices are made of
 */
export function backtest(objective: Objective, from: Millis, minutes: readonly Minute[]): Backtest {
  const { dry: _, ...live } = objective;
  const track = newTrack(live);
  const alerts: WouldFire[] = [];
  const budget: { at: Millis; spent?: number }[] = [];
  const count = { known: 0, unknown: 0, invalid: 0 };
  let state = slo.initial(live, from);
  let told = "";
  for (const [index, minute] of minutes.entries()) {
    const at = from + (index + 1) * MINUTE_MS;
    count[typeof minute === "string" ? minute : "known"] += 1;
    advanceBy(live, track, at, minute);
    const seen = look(live, track);
    if (at % HOUR_MS === 0 || index === minutes.length - 1) {
      const spent = spentOf(live, seen.budget);
      budget.push({ at, ...(spent === undefined ? {} : { spent }) });
    }
    const standing = standingOf(live, seen);
    if (standing === told) continue;
    told = standing;
    const step = slo.step(live, state, { kind: "look", look: seen }, at);
    state = step.state;
    for (const action of step.actions) note(alerts, action, kindOf(action), at);
  }
  const of = (severity: Severity) => alerts.filter((one) => one.severity === severity).length;
  return { alerts, pages: of("page"), tickets: of("ticket"), budget, ...count };
}

const KINDS: Readonly<Record<string, AlertKind>> = {
  SLOBurnRate: "burn",
  SLOExhausted: "exhausted",
  SLOAbsent: "absent",
  SLOInvalid: "invalid",
};
const kindOf = ({ alert }: AlertAction): AlertKind => KINDS[alert.labels["alertname"] ?? ""] ?? "burn";

/** Begins one, or ends the one that is on; what is merely sent again is no news. */
function note(alerts: WouldFire[], { alert, state }: AlertAction, kind: AlertKind, at: Millis): void {
  const severity: Severity = alert.labels["severity"] === "page" ? "page" : "ticket";
  const on = alerts.findLastIndex((one) => one.kind === kind && one.severity === severity && one.to === undefined);
  if (state === "resolved") {
    const one = alerts[on];
    if (one) alerts[on] = { ...one, to: at };
  } else if (on === -1) {
    alerts.push({ kind, severity, from: at, summary: alert.annotations["summary"] ?? "" });
  }
}
