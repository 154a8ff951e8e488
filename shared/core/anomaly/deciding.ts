import type { Clause } from "../kernel/step.ts";
import type { Millis } from "../kernel/time.ts";
import { alertOf } from "./alert.ts";
import type { AnomalyConfig } from "./config.ts";
import { kept, put } from "./state.ts";
import type { AnomalyAction, AnomalyState, OpenAnomaly, PastAnomaly } from "./types.ts";

/** What a decision grows into, signal by signal. */
export interface Deciding {
  readonly now: Millis;
  readonly config: AnomalyConfig;
  readonly service: string;
  state: AnomalyState;
  readonly actions: AnomalyAction[];
  readonly trace: Clause[];
}

const keyOf = (service: string, signal: string, open: OpenAnomaly, state: "firing" | "resolved"): string =>
  `notify:${service}:${signal}:${open.since}:${open.severity}:${state}`;

/** Asks for the alert to be sent: firing, or with an end as resolved. What ends in the same decision is not sent as firing before. */
export function notify(
  { config, service, actions, now }: Deciding,
  signal: string,
  open: OpenAnomaly,
  endedAt: Millis | undefined,
): void {
  const firing = keyOf(service, signal, open, "firing");
  const key = endedAt === undefined ? firing : keyOf(service, signal, open, "resolved");
  const state = endedAt === undefined ? { firingAt: now } : { endedAt };
  const action: AnomalyAction = { type: "notify", key, alert: alertOf(config, service, signal, open, state) };
  const before = actions.findIndex((one) => one.key === key || (endedAt !== undefined && one.key === firing));
  if (before === -1) actions.push(action);
  else actions[before] = action;
}

/** Ends an anomaly: it goes to the past ones, and its alert is resolved. */
export function close(
  deciding: Deciding,
  signal: string,
  open: OpenAnomaly,
  until: Millis,
  ended: PastAnomaly["ended"],
  text: string,
): void {
  const { state, config, trace } = deciding;
  trace.push({ kind: "computed", rule: "ended", text, values: { signal, since: open.since, until } });
  deciding.state = {
    ...state,
    open: put(state.open, signal, undefined),
    counts: { ...state.counts, ended: state.counts.ended + 1 },
    past: kept(state.past, { ...open, signal, until, ended }),
  };
  if (config.mode === "act") notify(deciding, signal, open, until);
}
