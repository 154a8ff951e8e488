import * as v from "valibot";
import { actualOf } from "../../../functions/autoscaling/observe.ts";
import { perform } from "../../../functions/autoscaling/perform.ts";
import { AutoscalingConfig, type AutoscalingConfigInput } from "../../../shared/core/autoscaling/config.ts";
import { autoscaling } from "../../../shared/core/autoscaling/machine.ts";
import type { AutoscalingReason, AutoscalingState } from "../../../shared/core/autoscaling/types.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../../shared/core/kernel/record.ts";
import { replay } from "../../../shared/core/kernel/replay.ts";
import type { Fleet, FleetStatus } from "../../../shared/core/ports/fleet.ts";
import { type RunResult, run } from "../../../shared/shell/run.ts";
import { chaos } from "./chaos.ts";
import type { Violation } from "./check.ts";
import type { Simulated } from "./simulate.ts";

const START = 1_700_000_040_000;
const MINUTE = 60_000;
const SPAN = 25 * MINUTE;
const OLDER = "an older version";
const KEY = { tenant: "default", noun: "autoscaling", subject: "orders" };
const configOf = (input: AutoscalingConfigInput) =>
  v.parse(AutoscalingConfig, {
    min: 2,
    max: 10,
    policies: [{ type: "instances", memory: null, cooldown: { out: "60s", in: "120s" } }],
    ...input,
  });

interface InForce {
  readonly version: string;
  readonly config: AutoscalingConfig;
}

/** By threshold, or by demand: that one remembers something at every look, without a record. */
const POLICIES: readonly AutoscalingConfigInput[] = [
  {},
  {
    capacity: 100,
    outcome: { after: "2m" },
    policies: [{ type: "demand", window: "2m", backlog: null }],
  },
];

/** What people put in force on the way; the last one stays. */
const CONFIGS: readonly (readonly InForce[])[] = POLICIES.map((policies) => [
  { version: "c1", config: configOf(policies) },
  { version: "c2", config: configOf({ ...policies, mode: "observe" }) },
  { version: "c3", config: configOf({ ...policies, max: 5 }) },
  { version: "c4", config: configOf({ ...policies, min: 3, max: 8 }) },
]);

/** Another version of the code, while a deployment goes on: it knows less of the state and forgets what it does not know. */
const lacking = ({ v, desired, asked, lastOutAt, lastInAt, alarms, last, recheckAt }: AutoscalingState) =>
  JSON.parse(
    JSON.stringify({ v, desired, asked, lastOutAt, lastInAt, alarms, last, recheckAt }),
  ) as unknown as AutoscalingState;
const older: typeof autoscaling = {
  ...autoscaling,
  step: (config, state, input, now) => {
    const step = autoscaling.step(config, lacking(state), input, now);
    return { ...step, state: lacking(step.state) };
  },
  settle: (config, state, results, now) => lacking(autoscaling.settle(config, lacking(state), results, now)),
};

/** The same bad days for the real autoscaling machine: one service, its load, its fleet and another hand. */
export async function simulateAutoscaling(seed: number): Promise<Simulated> {
  const { random, time, say, chance, store, journal, worker, go, ...odds } = chaos(seed, START);
  const world = { desired: 3, load: 180 };
  const started = new Set<string>();
  const broken: Violation[] = [];
  const breach = (rule: string, detail: string) => void broken.push({ rule, detail });
  const cpu = () => Math.min(100, world.load / world.desired);

  const configs = CONFIGS[seed % CONFIGS.length] as readonly InForce[];
  const byDemand = configs[0]?.config.policies[0]?.type === "demand";
  let inForce = configs[0] as InForce;
  const deploying = random() < 0.3;
  const status = (at: number): FleetStatus => {
    const { desired } = world;
    return { desired, pending: 0, running: desired, ready: desired, deploying: false, instances: [], at };
  };
  const fleetFor = (mine: InForce, record: DecisionRecord, at: number): Fleet => ({
    describe: async () => new Map([[KEY.subject, status(at)]]),
    setDesired: async (_, { desired, expected }) => {
      if (record.configVersion !== mine.version)
        breach("an action is done under the configuration that decided it", record.id);
      if (mine.config.mode !== "act") breach("nothing is done in observe", record.id);
      if (desired > mine.config.max || desired < mine.config.min)
        breach("no count is outside of the bounds", record.id);
      if (world.desired === desired) return { status: "accepted", changed: false, desired };
      if (world.desired !== expected) return { status: "superseded", actual: world.desired };
      world.desired = desired;
      return { status: "accepted", changed: true, desired };
    },
  });

  let runs = 0;
  const tick = async (): Promise<RunResult<AutoscalingReason> | undefined> => {
    runs += 1;
    const name = `w${runs}`;
    const { runtime, perform: performing } = worker(name);
    const mine = inForce;
    const old = deploying && chance("older version", 0.4);
    try {
      return await run(runtime, {
        machine: old ? older : autoscaling,
        tenant: KEY.tenant,
        subject: KEY.subject,
        mode: mine.config.mode,
        config: mine.config,
        configVersion: mine.version,
        trigger: { type: "schedule", ...(old ? { detail: OLDER } : {}) },
        observe: async () => {
          await time.sleep(random() * 300);
          const at = runtime.now();
          const period = Math.floor(at / MINUTE) * MINUTE - MINUTE;
          const readable = !chance("unreadable", 0.05);
          const reading = (metric: string, value: number) => {
            const points = readable ? [{ at: period, value }] : [];
            return { metric, unit: "", periodMs: MINUTE, points, source: "simulation" };
          };
          const readings = {
            cpu: reading("cpu", cpu()),
            ...(byDemand ? { requests: reading("requests", world.load), ready: reading("ready", world.desired) } : {}),
          };
          const actual = chance("no fleet", 0.03) ? undefined : actualOf(status(at));
          await time.sleep(random() * 300);
          return { kind: "evaluate" as const, service: KEY.subject, actual, readings };
        },
        perform: (action, { record }) => {
          started.add(action.key);
          const target = { name: KEY.subject, ref: { name: KEY.subject }, config: mine.config };
          const from = { tenant: KEY.tenant, target, configVersion: mine.version, record };
          return performing(KEY, action.key, record, (at) =>
            perform({ ...runtime, now: () => at, journal, fleet: fleetFor(mine, record, at) }, from, action),
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
  if (random() < 0.6) {
    for (let index = 0; index < 3; index += 1) {
      later(() => {
        inForce = configs[Math.floor(random() * configs.length)] as InForce;
        odds.luck.set("configured", (odds.luck.get("configured") ?? 0) + 1);
        say("config", inForce.version);
      });
    }
  }
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
  // In the end somebody lets it act: then what is wanted must come true.
  if (inForce.config.mode !== "act") inForce = configs[0] as InForce;
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
  const { min, max } = inForce.config;
  const needed = Math.min(max, Math.max(min, Math.ceil(world.load / 70)));
  const quiet = byDemand
    ? world.desired === needed
    : (cpu() <= 75 || world.desired === max) && (cpu() >= 37.5 || world.desired === min);
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
  for (const record of records) {
    const machine = record.trigger.detail === OLDER ? older : autoscaling;
    if (!replay(record, machine).same) breach("every record replays", record.id);
    const skipped = record.outcomes
      .flatMap((outcome) => outcome.results ?? [])
      .filter((one) => one.status === "skipped" && one.key.startsWith("scale:"));
    odds.luck.set("overtaken", (odds.luck.get("overtaken") ?? 0) + skipped.length);
  }
  // What is kept without a record must have happened, or this proves nothing about it.
  const kept = (state.learned?.capacities?.length ?? 0) + (state.memory ? 1 : 0);
  odds.luck.set("remembered", kept);
  const steps = records.filter((record) => record.actions.some((action) => action.type === "scale")).length;
  odds.luck.set("scaled", steps);
  return { violations: [...odds.broken, ...broken], log: odds.log, luck: odds.luck };
}
