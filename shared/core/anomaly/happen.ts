import { formatDuration, type Millis } from "../kernel/time.ts";
import { close, type Deciding, notify } from "./deciding.ts";
import { contextAt, contextText, driverAt, driverText, jointAt } from "./joint.ts";
import type { Event } from "./play.ts";
import type { AnomalyInput, AnomalyReason } from "./types.ts";
import { anomalyText, scoreText } from "./words.ts";

/** What one happening means: clauses, counts, alerts. The open anomalies of the state are the caller's to put. */
export function happen(deciding: Deciding, signal: string, { at, happened, open, began }: Event): AnomalyReason {
  const { config, trace, state } = deciding;
  const values = { signal, score: open.peak, since: open.since, severity: open.severity };
  const text = anomalyText(signal, open, config.signals[signal]?.unit);
  switch (happened) {
    case "opened":
      trace.push({ kind: "computed", rule: "opened", text, values });
      deciding.state = { ...state, counts: { ...state.counts, opened: state.counts.opened + 1 } };
      if (config.mode === "observe") return "would_alert";
      notify(deciding, signal, open, undefined);
      return "opened";
    case "grew":
      trace.push({ kind: "computed", rule: "grew", text: `${text}, now ${open.severity}`, values });
      if (config.mode === "observe") return "would_alert";
      // The severity is a label, so the alert of before is another one and has to end.
      notify(deciding, signal, { ...open, severity: "medium" }, at);
      notify(deciding, signal, open, undefined);
      return "grew";
    case "ended":
      close(deciding, signal, open, at, "calm", `${signal}: back to normal after ${formatDuration(at - open.since)}`);
      return began ? "passed" : "ended";
    case "settled": {
      const calm = `no alarm for ${formatDuration(at - open.lastAt)}; what it shows now counts as usual`;
      close(deciding, signal, open, at, "settled", `${signal}: ${calm}`);
      return began ? "passed" : "settled";
    }
  }
}

/** What moved first and what was done shortly before, as clauses and as the words that stay with the anomaly. */
export function surroundings(
  { config, trace }: Deciding,
  input: Extract<AnomalyInput, { kind: "score" }>,
  signal: string,
  since: Millis,
): readonly string[] {
  const joint = jointAt(input.recent, since);
  trace.push({
    kind: "computed",
    rule: "joint-score",
    text: `the service as a whole scores ${scoreText(joint)}`,
    values: { score: joint },
  });
  const driver = driverAt(input.recent, since);
  const first = driverText(driver, signal, since);
  if (first && driver)
    trace.push({
      kind: "chosen",
      rule: "driver",
      text: first,
      values: { signal: driver.signal, at: driver.at, score: driver.score },
    });
  const context = contextAt(input.context, since, config.context).map((fact) => {
    const text = contextText(fact, since);
    trace.push({ kind: "changed", rule: "context", text, values: { kind: fact.kind, at: fact.at } });
    return text;
  });
  return [...(first ? [first] : []), ...context.slice(-3)];
}
