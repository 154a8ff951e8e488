import * as v from "valibot";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { groupSubject, metricRuleSubject } from "../../shared/core/monitoring/rule-subject.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { HealthCheck } from "../api/views.ts";

/** Real time after which rules that nobody looked at are trouble, besides two of their intervals. */
const OVERDUE_MS = 5 * MINUTE_MS;
const MOST_LOOKED_AT = 500;
const MOST_NAMED = 3;
/** Prometheus's default evaluation interval. */
const DEFAULT_INTERVAL_MS = MINUTE_MS;

/** What functions/monitoring/group-clock.ts writes, as far as it is looked at here; not imported, as a cold start pays for it. */
const Clock = v.object({ at: v.number(), lagging: v.optional(v.record(v.string(), v.number()), {}) });

const named = (names: readonly string[]): string => {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
};

/** Whether what is to be scraped can be: a rule over a target that is down has old answers, then none. */
export function targetsCheck(runtime: Runtime): HealthCheck {
  const targets = runtime.targets?.() ?? [];
  const down = targets.filter(({ health }) => health === "down");
  const observed = { observedValue: down.length, observedUnit: `of ${targets.length} targets down` };
  if (down.length === 0) return { status: "pass", ...observed };
  const output = named(down.map(({ job, url, error }) => `${job} ${url}${error === undefined ? "" : `: ${error}`}`));
  return { status: "warn", ...observed, output };
}

/** Whether rules have answers, and whether anybody looks at them; one page of small items. */
export async function rulesCheck(runtime: Runtime, tenant: string): Promise<HealthCheck> {
  const monitoring = (await currentConfig(runtime, tenant))?.config.monitoring;
  const intervals = new Map<string, number>();
  for (const { file, name, intervalMs } of monitoring?.groups ?? []) {
    const interval = intervalMs ?? monitoring?.scrape?.settings.global.evaluationIntervalMs ?? DEFAULT_INTERVAL_MS;
    intervals.set(groupSubject(file, name), interval);
  }
  for (const [service, { alerts, collect }] of Object.entries(monitoring?.services ?? {}))
    if (Object.keys(alerts).length > 0)
      intervals.set(metricRuleSubject(service, ""), collect?.every ?? DEFAULT_INTERVAL_MS);
  if (intervals.size === 0) return { status: "pass", output: "no rule is configured" };
  const { items } = await runtime.store.list(tenant, "monitoring-clock", { limit: MOST_LOOKED_AT });
  const mute: string[] = [];
  const late: string[] = [];
  for (const { key, state } of items) {
    const interval = intervals.get(key.subject);
    const read = v.safeParse(Clock, state);
    if (interval === undefined || !read.success) continue;
    mute.push(...Object.keys(read.output.lagging));
    if (runtime.now() - read.output.at > OVERDUE_MS * runtime.speed + 2 * interval) late.push(key.subject);
  }
  if (late.length > 0) {
    const output = `not evaluated for more than 5 minutes, does the tick run? ${named(late)}`;
    return { status: "warn", observedValue: late.length, observedUnit: "groups", output };
  }
  if (mute.length === 0) return { status: "pass", observedValue: 0, observedUnit: "rules without an answer" };
  const output = `held, as they have no answer: ${named(mute)}`;
  return { status: "warn", observedValue: mute.length, observedUnit: "rules without an answer", output };
}
