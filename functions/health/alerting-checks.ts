import * as v from "valibot";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { HealthCheck } from "../api/views.ts";

/** Real time after which a flush that nobody made is trouble: timers come to the second, and the tick each minute. */
const OVERDUE_MS = 3 * MINUTE_MS;
const MOST_LOOKED_AT = 200;
/** Of the newest decisions that sent something. */
const MOST_READ = 50;
const MOST_NAMED = 3;

/** What a group's state has, as far as it is looked at here; its own module is not loaded for it. */
const Group = v.object({ status: v.string() });

const named = (names: readonly string[]): string => {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
};

/** Whether groups are flushed when they are due, and whether receivers take what they are told. Two small reads. */
export async function alertingCheck(runtime: Runtime, tenant: string): Promise<HealthCheck> {
  const alerting = (await currentConfig(runtime, tenant))?.config.alerting;
  if (!alerting) return { status: "pass", output: "no alertmanager.yml is configured" };
  const before = runtime.now() - OVERDUE_MS * runtime.speed;
  const due = await runtime.store.due(before, MOST_LOOKED_AT);
  const ours = due.filter((key) => key.tenant === tenant && key.noun === "alerting");
  const items = await Promise.all(ours.map((key) => runtime.store.load(key)));
  const open = items.filter((item) => {
    const read = v.safeParse(Group, item?.state);
    return read.success && read.output.status === "open";
  });
  if (open.length > 0) {
    const output = `not flushed for more than 3 minutes, does the queue run? ${named(open.map((item) => item?.key.subject ?? ""))}`;
    return { status: "warn", observedValue: open.length, observedUnit: "groups overdue", output };
  }
  const { items: records } = await runtime.journal.list({ tenant, noun: "alerting", acted: true, limit: MOST_READ });
  // The newest word on each integration counts.
  const failing = new Map<string, string | undefined>();
  for (const { outcomes } of records)
    for (const { status, detail } of outcomes.flatMap(({ results = [] }) => results)) {
      const name = detail.split(":", 1)[0] as string;
      if (!failing.has(name)) failing.set(name, status === "failed" || status === "refused" ? detail : undefined);
    }
  const bad = [...failing.values()].filter((detail) => detail !== undefined);
  if (bad.length === 0) return { status: "pass", observedValue: 0, observedUnit: "receivers failing" };
  return { status: "warn", observedValue: bad.length, observedUnit: "receivers failing", output: named(bad) };
}
