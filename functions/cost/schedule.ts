import * as v from "valibot";
import { CHORES, type Chore, dueSteps, isLate, rhythmOf } from "../../shared/core/cost/jobs/clock.ts";
import { reportSubject } from "../../shared/core/cost/jobs/types.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { deployed } from "../deployed.ts";
import { allClocks } from "./chore-clock.ts";
import { isCost } from "./subjects.ts";
import type { CostMessage, CostQueue } from "./work-message.ts";
import "../shared-parts.ts";

/** Keys that are read to find those of cost among all that is due, of whatever noun. */
const MOST_READ = 10_000;
/** More than this in one tick waits for the next one; the oldest go first. */
const MOST_SENT = 200;
const AT_ONCE = 4;

/**
 * The tick: asks for the chores whose time has come, for aggregates that are due, and for reports that nobody has looked at yet. It reads a few small
 * items and does nothing itself, so overlapping ticks are harmless: who gets a message looks whether there is still anything to do.
 *
 * @returns what was asked for
 * @throws HeadgateError of store and queue
 */
export async function tickCost(runtime: Runtime, queue: CostQueue, tenant: string): Promise<readonly CostMessage[]> {
  const cost = (await currentConfig(runtime, tenant))?.config.cost;
  const due = (await runtime.store.due(runtime.now(), MOST_READ)).filter((key) => isCost(key.noun));
  const looks = due.map((key): CostMessage => ({ tenant: key.tenant, task: "look", subject: key.subject }));
  const messages: CostMessage[] = [];
  let late = 0;
  if (cost) {
    const clocks = await allClocks(runtime, tenant);
    for (const chore of Object.keys(CHORES) as Chore[]) {
      const rhythm = rhythmOf(chore, cost.schedule);
      if (!rhythm) continue;
      const clock = clocks.get(chore)?.clock;
      if (isLate(clock, rhythm, runtime.now())) late += 1;
      if (dueSteps(chore, clock, rhythm, runtime.now()).length > 0) messages.push({ tenant, task: chore });
    }
    const known = new Set(looks.map((one) => ("subject" in one ? one.subject : "")));
    const unseen = await bounded(Object.keys(cost.reports), AT_ONCE, async (name): Promise<readonly CostMessage[]> => {
      const subject = reportSubject(name);
      if (known.has(subject)) return [];
      const stored = await runtime.store.load({ tenant, noun: "cost", subject });
      return stored && (stored.dueAt !== undefined || stored.pending) ? [] : [{ tenant, task: "look", subject }];
    });
    messages.push(...unseen.flat());
  }
  const asked = [...messages, ...looks];
  const sent = asked.slice(0, MOST_SENT);
  if (sent.length > 0) await queue.send(sent);
  // Told each time, a zero as well: silence is an alarm of its own (stacks/alarms.ts).
  runtime.telemetry.gauge("headgate_costs_overdue", late + (asked.length - sent.length));
  return sent;
}

const TickEvent = v.object({ kind: v.picklist(["costs", "tick"]), id: v.optional(v.string()) });

/** Lambda: EventBridge Scheduler with `{"kind":"costs"}` each five minutes. */
export async function handler(event: unknown): Promise<void> {
  v.parse(TickEvent, event);
  const { runtime, tenant } = await deployed();
  try {
    const { costQueue } = await import("./sqs.ts");
    await tickCost(runtime, costQueue(process.env), tenant);
  } finally {
    await runtime.telemetry.flush();
  }
}
