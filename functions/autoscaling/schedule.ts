import * as v from "valibot";
import { boundsOf } from "../../shared/core/autoscaling/bounds.ts";
import { isTuning } from "../../shared/core/autoscaling/tune/subject.ts";
import { shardOf } from "../../shared/core/kernel/hash.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { FleetStatus } from "../../shared/core/ports/fleet.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { deployed } from "../deployed.ts";
import { type Evaluated, evaluateServices, throwFailures } from "./evaluate.ts";
import { observeFleet, type Target } from "./observe.ts";
import { statesOf } from "./states.ts";
import { targetsOf } from "./targets.ts";

/** More than this in one tick waits for the next one; the oldest go first. */
const MAX_DUE = 2_000;
/** Keys that are read to find them among all that is due, of whatever noun. */
const MOST_READ = 10_000;
/** Length of one slot of the rotation below: the deployed sweep's period. */
const SWEEP_SLOT_MS = 15 * MINUTE_MS;
/**
 * A quiet service at its minimum is fully read in one slot of so many (5 h 45 min). Prime, so that a sweep of any other
 * period still meets every slot.
 */
const SWEEP_SLOTS = 23;

/**
 * The tick: looks again at what is open (alarm still in ALARM, cooldown ending, action pending with its lease run out)
 * and at nothing else. With nothing open it costs one query.
 *
 * @throws HeadgateError when the store does not answer, or when a due service could not be evaluated.
 */
export async function tick(runtime: Runtime, id?: string): Promise<readonly Evaluated[]> {
  const now = runtime.now();
  // Groups of alerts are due in thousands in a storm and have a sweep of their own: they must not take the place of services. Rollouts have
  // a tick of their own, too. A tuning that a worker has left behind is no service: its own schedule finishes it.
  const due = (await runtime.store.due(now, MOST_READ)).filter(
    ({ noun, subject }) => !/^(alerting|delivery)(-|$)/.test(noun) && !(noun === "autoscaling" && isTuning(subject)),
  );
  const taken = due.slice(0, MAX_DUE);
  const byTenant = new Map<string, string[]>();
  for (const key of taken) {
    if (key.noun !== "autoscaling") continue;
    const subjects = byTenant.get(key.tenant) ?? [];
    subjects.push(key.subject);
    byTenant.set(key.tenant, subjects);
  }
  const all: Evaluated[] = [];
  for (const [tenant, services] of byTenant) {
    const trigger = { type: "schedule" as const, ...(id === undefined ? {} : { id }), detail: "tick: due" };
    const evaluated = await evaluateServices(runtime, { tenant, services, trigger }).catch(lost(services));
    all.push(...evaluated);
    const seen = new Set(evaluated.map((one) => one.service));
    const gone = services.filter((service) => !seen.has(service));
    await bounded(gone, 10, (subject) => retire(runtime, { tenant, noun: "autoscaling", subject }));
  }
  // Told at each tick, zero as well: an alarm takes its absence for the fault it would be.
  const undecided = all.filter(({ result }) => result?.status !== "decided" && result?.status !== "unchanged").length;
  runtime.telemetry.gauge("headgate_decisions_overdue", undecided + due.length - taken.length);
  throwFailures(all);
  return all;
}

/** A tenant whose configuration cannot be read must not hold up the others: each of its services has the error. */
const lost =
  (services: readonly string[]) =>
  (cause: unknown): readonly Evaluated[] => {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    return services.map((service) => ({ service, error }));
  };

/** A service left the configuration: its state is kept for a return, but nothing is due any more. */
async function retire(runtime: Runtime, key: AggregateKey): Promise<void> {
  const stored = await runtime.store.load(key);
  if (!stored) return;
  if (stored.pending) {
    const { record, actions } = stored.pending;
    const at = runtime.now();
    const detail = "the service was taken out of the configuration before the action was done";
    const results = actions.map((action) => ({ key: action.key, status: "skipped" as const, at, detail }));
    await runtime.journal.append(record);
    await runtime.journal.outcome(key.tenant, record.id, { phase: "performed", at, results, text: detail });
  }
  await runtime.store.write(key, stored.version, { state: stored.state });
}

/**
 * The sweep: sees what no alarm tells of. Fleets are looked at for every service (free on ECS); measurements, which
 * cost money, are read only where something can follow from them: never seen, not at its minimum, changed by another
 * hand, in trouble, paused or overridden, an alarm open. The rest takes turns, see {@link SWEEP_SLOTS}.
 */
export async function sweep(
  runtime: Runtime,
  tenant: string,
  options: { readonly id?: string; readonly all?: boolean } = {},
): Promise<readonly Evaluated[]> {
  const current = await currentConfig(runtime, tenant);
  if (!current) return [];
  const targets = targetsOf(current.config);
  const services = options.all
    ? targets.map((target) => target.name)
    : (await worthReading(runtime, tenant, targets)).map((target) => target.name);
  if (services.length === 0) return [];
  const trigger = {
    type: "sweep" as const,
    ...(options.id === undefined ? {} : { id: options.id }),
    detail: `sweep: ${services.length} of ${targets.length} services`,
  };
  const evaluated = await evaluateServices(runtime, { tenant, services, trigger });
  throwFailures(evaluated);
  return evaluated;
}

async function worthReading(runtime: Runtime, tenant: string, targets: readonly Target[]): Promise<readonly Target[]> {
  const [fleet, states] = await Promise.all([observeFleet(runtime, targets), statesOf(runtime, tenant)]);
  const now = runtime.now();
  const slot = Math.floor(now / SWEEP_SLOT_MS) % SWEEP_SLOTS;
  return targets.filter(
    (target) =>
      shardOf(target.name, SWEEP_SLOTS) === slot ||
      isOpen(target, fleet.get(target.name), states.get(target.name), now),
  );
}

/** What the sweep reads of an autoscaling state; older or newer versions of it lack or add members, never change these. */
const Open = v.object({
  desired: v.optional(v.number()),
  pause: v.optional(v.unknown()),
  override: v.optional(v.unknown()),
  alarms: v.optional(v.record(v.string(), v.unknown()), {}),
});

function isOpen(target: Target, status: FleetStatus | undefined, stored: Stored | undefined, now: Millis): boolean {
  if (!status || !stored || stored.pending) return true;
  if (status.desired !== boundsOf(target.config, now).min || status.ready < status.desired || status.trouble)
    return true;
  const state = v.safeParse(Open, stored.state);
  if (!state.success) return true;
  const { desired, pause, override, alarms } = state.output;
  if (pause !== undefined || override !== undefined || Object.keys(alarms).length > 0) return true;
  return desired !== undefined && desired !== status.desired;
}

const ScheduleEvent = v.object({ kind: v.picklist(["tick", "sweep"]), id: v.optional(v.string()) });

/** Lambda: EventBridge Scheduler with `{"kind":"tick"}` each minute and `{"kind":"sweep"}` each quarter of an hour. */
export async function handler(event: unknown): Promise<void> {
  const { kind, id } = v.parse(ScheduleEvent, event);
  const { runtime, tenant } = await deployed();
  try {
    if (kind === "tick") await tick(runtime, id);
    else {
      const { tryExport } = await import("../decisions/export.ts");
      await tryExport(runtime, tenant);
      await sweep(runtime, tenant, id === undefined ? {} : { id });
    }
  } finally {
    await runtime.telemetry.flush();
  }
}
