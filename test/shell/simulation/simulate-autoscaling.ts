import * as v from "valibot";
import { AutoscalingConfig } from "../../../shared/core/autoscaling/config.ts";
import { autoscaling } from "../../../shared/core/autoscaling/machine.ts";
import type { AutoscalingAction, AutoscalingReason, AutoscalingState } from "../../../shared/core/autoscaling/types.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import { replay } from "../../../shared/core/kernel/replay.ts";
import type { ActionResult } from "../../../shared/core/kernel/step.ts";
import { type RunResult, run } from "../../../shared/shell/run.ts";
import { chaos } from "./chaos.ts";
import type { Violation } from "./check.ts";
import type { Simulated } from "./simulate.ts";

const START = 1_700_000_040_000;
const MINUTE = 60_000;
const SPAN = 25 * MINUTE;
const KEY = { tenant: "default", noun: "autoscaling", subject: "orders" };
const CONFIG = v.parse(AutoscalingConfig, {
  min: 2,
  max: 10,
  policies: [{ type: "instances", memory: null, cooldown: { out: "60s", in: "120s" } }],
});

/** The same bad days for the real autoscaling machine: one service, its load, its fleet and another hand. */
export async function simulateAutoscaling(seed: number): Promise<Simulated> {
  const { random, time, say, chance, store, journal, worker, go, ...odds } = chaos(seed, START);
  const world = { desired: 3, load: 180 };
  const started = new Set<string>();
  const broken: Violation[] = [];
  const breach = (rule: string, detail: string) => void broken.push({ rule, detail });
  const cpu = () => Math.min(100, world.load / world.desired);

  const setDesired = (action: AutoscalingAction & { type: "scale" }, at: number): ActionResult => {
    const result = (status: ActionResult["status"], detail: string) => ({ key: action.key, status, at, detail });
    if (world.desired === action.desired) return result("done", "already so");
    if (world.desired !== action.expected) return result("superseded", `another hand set ${world.desired}`);
    world.desired = action.desired;
    return result("done", `set to ${action.desired}`);
  };
  const note = async (action: AutoscalingAction & { type: "record_outcome" }, at: number): Promise<ActionResult> => {
    const { decisionAt, text, values, key } = action;
    const page = await journal.list({ ...KEY, from: decisionAt, to: decisionAt + 1, acted: true });
    const record = page.items[0];
    if (!record) return { key, status: "skipped", at, detail: "no such decision" };
    await journal.outcome(KEY.tenant, record.id, { phase: "observed", at, text, values });
    return { key, status: "done", at, detail: "noted" };
  };

  let runs = 0;
  const tick = async (): Promise<RunResult<AutoscalingReason> | undefined> => {
    runs += 1;
    const name = `w${runs}`;
    const { runtime, perform } = worker(name);
    try {
      return await run(runtime, {
        machine: autoscaling,
        tenant: KEY.tenant,
        subject: KEY.subject,
        mode: CONFIG.mode,
        config: CONFIG,
        configVersion: "c1",
        trigger: { type: "schedule" },
        observe: async () => {
          await time.sleep(random() * 300);
          const at = runtime.now();
          const period = Math.floor(at / MINUTE) * MINUTE - MINUTE;
          const points = chance("unreadable", 0.05) ? [] : [{ at: period, value: cpu() }];
          const counts = { desired: world.desired, pending: 0, running: world.desired, ready: world.desired };
          const actual = chance("no fleet", 0.03) ? undefined : { ...counts, deploying: false, at };
          await time.sleep(random() * 300);
          const reading = { metric: "cpu", unit: "percent", periodMs: MINUTE, points, source: "simulation" };
          return { kind: "evaluate" as const, service: KEY.subject, actual, readings: { cpu: reading } };
        },
        perform: (action, { record }) => {
          started.add(action.key);
          return perform(KEY, action.key, record, (at) =>
            action.type === "scale" ? setDesired(action, at) : note(action, at),
          );
        },
      });
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      say(name, `gives up: ${error.code}`);
      return undefined;
    }
  };

  const later = (work: () => unknown) =>
    go(async () => {
      await time.sleep(random() * SPAN);
      await work();
    });
  for (let index = 0; index < 4; index += 1) later(() => void (world.load = 100 + Math.floor(random() * 500)));
  later(() => random() < 0.5 && (world.desired = 2 + Math.floor(random() * 8)));
  for (let minute = 0; minute < SPAN / MINUTE; minute += 1) {
    for (let copy = random() < 0.3 ? 2 : 1; copy > 0; copy -= 1) {
      go(async () => {
        await time.sleep(minute * MINUTE + random() * (random() < 0.2 ? MINUTE : 2_000));
        await tick();
      });
    }
  }
  await time.drain();
  odds.calmDown();
  // Every count may have to be walked through one by one, each with its cooldown.
  for (let minute = 0; minute < 40; minute += 1) {
    time.clock.now += MINUTE;
    go(tick);
    await time.drain();
  }
  if (odds.failures.length > 0) throw odds.failures[0];

  const item = await store.load(KEY);
  const state = item?.state as unknown as AutoscalingState;
  const records = await odds.records(KEY.tenant);
  if (!item || item.pending) breach("nothing stays pending", JSON.stringify(item?.pending?.actions));
  if (state.desired !== world.desired) breach("the state knows the world", `${state.desired} but ${world.desired}`);
  const quiet = (cpu() <= 75 || world.desired === CONFIG.max) && (cpu() >= 37.5 || world.desired === CONFIG.min);
  if (!quiet) breach("the world equals the last decision", `${world.desired} instances at ${cpu()} %`);
  const results = records.flatMap((record) => record.outcomes.flatMap((outcome) => outcome.results ?? []));
  for (const action of records.flatMap((record) => record.actions)) {
    const told = results.filter((result) => result.key === action.key);
    if (told.length === 0) breach("what became of every action is in the journal", action.key);
    if (!started.has(action.key) && told.every((result) => result.status !== "failed"))
      breach("no action is lost", action.key);
  }
  const recorded = new Set(records.flatMap((record) => record.actions.map((action) => action.key)));
  for (const key of started) if (!recorded.has(key)) breach("every performed action has its record", key);
  for (const at of [state.lastOutAt, state.lastInAt]) {
    if (at !== undefined && !results.some((result) => result.at === at))
      breach("the cooldown counts from a completion", String(at));
  }
  for (const record of records) if (!replay(record, autoscaling).same) breach("every record replays", record.id);
  const steps = records.filter((record) => record.actions.some((action) => action.type === "scale")).length;
  odds.luck.set("scaled", steps);
  return { violations: [...odds.broken, ...broken], log: odds.log, luck: odds.luck };
}
