import type { DecisionRecord } from "../../../shared/core/kernel/record.ts";
import { replay } from "../../../shared/core/kernel/replay.ts";
import type { ActiveAlert } from "../../../shared/core/monitoring/alert-state.ts";
import { alertRule } from "../../../shared/core/monitoring/rule-machine.ts";
import type { NotifyAction, PromRuleConfig, RuleState } from "../../../shared/core/monitoring/rule-types.ts";
import type { Violation } from "./check.ts";
import { INTERVAL, type RulesWorld } from "./rules-world.ts";

/** The instant of a decision is by the clock of whoever took it, and what it wrote is there a little later. */
const UNAWARE_MS = 4_000;

/** Longer than this between two looks, and nobody looked in between. */
const LONGEST_LOOK = 2.5 * INTERVAL;

/**
 * Time for which somebody was told again and again that it is there (or is not), up to and with `at`; -1 where nobody was told so then.
 * An answer to the contrary ends it, unless whoever got it died, or got it before `since`, when the alert
 * was not known, or after `until`, when all was decided: evaluators overlap.
 */
function seenFor(
  world: RulesWorld,
  {
    expr,
    instance,
    at,
    there,
    since,
    until,
  }: Readonly<{ expr: string; instance: string; at: number; there: boolean; since: number; until: number }>,
): number {
  let seen = 0;
  let after: number | undefined;
  for (const instant of world.instants(expr).reverse()) {
    if (instant > at) continue;
    if (!world.wasTold(expr, instant, instance, there)) {
      // Between the others (asked for by a person): whoever was told may have had no part in the decisions.
      if (instant % INTERVAL !== 0 || !world.wasTold(expr, instant, instance, !there, [since + UNAWARE_MS, until]))
        continue;
      break;
    }
    if (after !== undefined && after - instant <= LONGEST_LOOK) seen += after - instant;
    after = instant;
  }
  return after === undefined ? -1 : seen;
}

/**
 * What must hold of every record, whatever happened before; oldest first.
 *
 * @param begun when each alert became what it is (there, or kept): filled here
 */
export function checkRecord(
  world: RulesWorld,
  record: DecisionRecord,
  begun: Map<string, number>,
): readonly Violation[] {
  const violations: Violation[] = [];
  const breach = (rule: string, detail: string) =>
    void violations.push({ rule, detail: `${detail} (${record.id} at ${record.at})` });
  const config = record.config as unknown as PromRuleConfig;
  const { expr, forMs, keepFiringForMs } = config.rule;
  const before = (record.stateBefore as unknown as RuleState).alerts;
  const after = (record.stateAfter as unknown as RuleState).alerts;
  const notices = record.actions.flatMap((action) => (action as NotifyAction).alerts);
  const isTold = ({ labels, firedAt }: ActiveAlert, ended: boolean) =>
    notices.some(
      (one) =>
        one.labels["instance"] === labels["instance"] &&
        one.labels["severity"] === labels["severity"] &&
        // It may have come and gone once more within the same decision: whoever is told of the later end knows of no earlier one.
        (one.startsAt === firedAt || (ended && one.startsAt > (firedAt ?? 0))) &&
        (one.endsAt ?? 0) <= record.at + INTERVAL === ended,
    );
  for (const [key, alert] of Object.entries(after)) {
    const was = before[key];
    const instance = alert.labels["instance"] ?? "";
    const course = `${record.subject} ${key}`;
    if (!was || was.state === "resolved" || was.keepFiringSince !== alert.keepFiringSince) begun.set(course, record.at);
    const since = begun.get(course) ?? record.at;
    const name = `${config.rule.alert}/${instance}`;
    if (alert.firedAt !== undefined && alert.firedAt !== was?.firedAt) {
      const seen = seenFor(world, { expr, instance, at: alert.firedAt, there: true, since, until: record.at });
      if (seen < forMs) breach("nothing fires before it was seen for its time", `${name}: ${seen} ms of ${forMs}`);
      if (alert.state === "firing" && !isTold(alert, false)) breach("what begins to fire is sent", name);
    }
    if (alert.state === "resolved" && alert.resolvedAt !== was?.resolvedAt) {
      const at = alert.resolvedAt ?? 0;
      const relabelled = alert.labels["severity"] !== config.rule.labels["severity"];
      const gone = seenFor(world, { expr, instance, at, there: false, since, until: record.at });
      // A rule with other labels gives other alerts: the old ones are gone as soon as anybody answers.
      if (gone < 0 && !relabelled) breach("nothing ends without an answer that lacks it", name);
      else if (gone < keepFiringForMs && !relabelled)
        breach("nothing ends before keep_firing_for is over", `${name}: ${gone} ms of ${keepFiringForMs}`);
      if (!isTold(alert, true)) breach("what ends is sent", name);
    }
  }
  for (const [key, alert] of Object.entries(before))
    if (alert.state === "firing" && !after[key] && !isTold(alert, true))
      breach("what fires ends before it is forgotten", alert.labels["instance"] ?? key);
  if (!replay(record, alertRule).same) breach("every record replays", record.subject);
  return violations;
}
