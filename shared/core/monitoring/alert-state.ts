import type { Labels } from "../kernel/labels.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";

/** One alert of a rule. Plain JSON; `value` is a float as text (kernel/float). */
export interface ActiveAlert {
  readonly labels: Labels;
  /** `resolved` was firing and is over; it is kept for a while so that receivers are told more than once. */
  readonly state: "pending" | "firing" | "resolved";
  /** Since when the expression has it, less the time nobody looked. */
  readonly activeAt: Millis;
  readonly firedAt?: Millis;
  readonly resolvedAt?: Millis;
  /** The expression has not had it since then, and `keep_firing_for` keeps it. */
  readonly keepFiringSince?: Millis;
  /** At the newest transition, or at the newest evaluation under `refresh`. */
  readonly value: string;
  /** Of the same instant as `value`; absent while it is pending and nobody asked for it. */
  readonly annotations?: Labels;
}

/** By fingerprint of the labels. */
export type ActiveAlerts = Readonly<Record<string, ActiveAlert>>;

/** An element of the rule's vector, with the rule's labels applied. */
export interface SeenAlert {
  readonly labels: Labels;
  readonly value: string;
  /** Expanded when asked for, because most evaluations change nothing. */
  readonly annotations: () => Labels;
}

export interface AlertTimes {
  readonly forMs: DurationMs;
  readonly keepFiringForMs: DurationMs;
}

export interface Look {
  readonly at: Millis;
  readonly seen: ReadonlyMap<string, SeenAlert>;
  /** Time before `at` in which nobody looked: it counts neither towards `for` nor towards `keep_firing_for`. Default 0. */
  readonly gapMs?: DurationMs;
  /** What is not among `seen` is not known to be gone (part of the answer is missing), and stays as it is. */
  readonly absenceUnknown?: boolean;
  /** Keeps values and annotations of every evaluation, as a rule's unit tests want it; else those of the transitions. */
  readonly refresh?: boolean;
}

/** `kept`: gone, and kept firing by `keep_firing_for`; `returned`: back while it was kept; `dropped`: gone while pending. */
export interface Transition {
  readonly fingerprint: string;
  readonly to: "pending" | "firing" | "resolved" | "dropped" | "kept" | "returned";
  readonly at: Millis;
  readonly alert: ActiveAlert;
}

export interface Looked {
  /** The very same object when nothing changed. */
  readonly alerts: ActiveAlerts;
  readonly transitions: readonly Transition[];
  /** Pending and firing ones: what a group's `limit` counts. */
  readonly active: number;
}

/** Resolved alerts are told of for so long (Prometheus, rules/alerting.go resolvedRetention). */
export const RESOLVED_RETENTION_MS: DurationMs = 15 * 60_000;

/**
 * One evaluation of an alerting rule over what it had before: pending at first sight, firing once it has been there for `for`
 * (at once when that is 0), gone when the expression no longer has it, unless it fires and `keep_firing_for` holds it. As
 * Prometheus does it (rules/alerting.go, AlertingRule.Eval), and with its treatment of an outage (RestoreForState): time in
 * which nobody looked moves `activeAt`.
 */
export function lookAtAlerts(times: AlertTimes, before: ActiveAlerts, look: Look): Looked {
  const { at, seen, gapMs = 0, absenceUnknown = false, refresh = false } = look;
  const alerts: Record<string, ActiveAlert> = {};
  const transitions: Transition[] = [];
  let changed = false;
  let active = 0;
  const move = (fingerprint: string, to: Transition["to"], alert: ActiveAlert): ActiveAlert => {
    transitions.push({ fingerprint, to, at, alert });
    return alert;
  };
  const keep = (fingerprint: string, old: ActiveAlert | undefined, next: ActiveAlert): void => {
    alerts[fingerprint] = next;
    if (next !== old) changed = true;
    if (next.state !== "resolved") active += 1;
  };

  for (const [fingerprint, old] of Object.entries(before)) {
    const now = seen.get(fingerprint);
    const alert = unwatched(old, gapMs, at);
    if (now && old.state !== "resolved") {
      let next = alert;
      if (next.keepFiringSince !== undefined) {
        const { keepFiringSince: _, ...rest } = next;
        next = move(fingerprint, "returned", rest);
      }
      if (next.state === "pending" && at - next.activeAt >= times.forMs) {
        next = { ...next, state: "firing", firedAt: at, value: now.value, annotations: now.annotations() };
        move(fingerprint, "firing", next);
      } else if (refresh) next = { ...next, value: now.value, annotations: now.annotations() };
      keep(fingerprint, old, next);
    } else if (now) {
      // It was resolved and is back: a new alert, below.
    } else if (absenceUnknown && old.state !== "resolved") {
      keep(fingerprint, old, alert);
    } else if (old.state === "pending") {
      changed = true;
      move(fingerprint, "dropped", old);
    } else if (old.state === "resolved") {
      // Written only together with something else: forgetting alone is not worth a decision.
      if (at - (old.resolvedAt ?? at) <= RESOLVED_RETENTION_MS) keep(fingerprint, old, old);
    } else {
      keep(
        fingerprint,
        old,
        gone(times, alert, at, (to, next) => move(fingerprint, to, next)),
      );
    }
  }
  for (const [fingerprint, now] of seen) {
    const old = before[fingerprint];
    if (old && old.state !== "resolved") continue;
    keep(
      fingerprint,
      undefined,
      arrived(times, now, at, refresh, (to, next) => move(fingerprint, to, next)),
    );
  }
  return { alerts: changed ? alerts : before, transitions, active };
}

type Move = (to: Transition["to"], alert: ActiveAlert) => ActiveAlert;

function arrived(times: AlertTimes, seen: SeenAlert, at: Millis, refresh: boolean, move: Move): ActiveAlert {
  const { labels, value } = seen;
  if (times.forMs <= 0) {
    const annotations = seen.annotations();
    return move("firing", { labels, state: "firing", activeAt: at, firedAt: at, value, annotations });
  }
  const extra = refresh ? { annotations: seen.annotations() } : {};
  return move("pending", { labels, state: "pending", activeAt: at, value, ...extra });
}

function gone(times: AlertTimes, alert: ActiveAlert, at: Millis, move: Move): ActiveAlert {
  if (times.keepFiringForMs > 0) {
    const since = alert.keepFiringSince ?? at;
    if (at - since < times.keepFiringForMs) {
      return alert.keepFiringSince === undefined ? move("kept", { ...alert, keepFiringSince: since }) : alert;
    }
  }
  const { keepFiringSince: _, ...rest } = alert;
  return move("resolved", { ...rest, state: "resolved", resolvedAt: at });
}

/** The alert less the time in which nobody looked. One that begins after now is of a clock that was wrong: it begins now. */
function unwatched(given: ActiveAlert, gapMs: DurationMs, at: Millis): ActiveAlert {
  if (given.state === "resolved") return given;
  const alert = given.activeAt > at ? { ...given, activeAt: at } : given;
  if (gapMs <= 0) return alert;
  if (alert.state === "pending") return { ...alert, activeAt: alert.activeAt + gapMs };
  return alert.keepFiringSince === undefined ? alert : { ...alert, keepFiringSince: alert.keepFiringSince + gapMs };
}
