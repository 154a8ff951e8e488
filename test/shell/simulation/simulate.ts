import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { AggregateKey } from "../../../shared/core/kernel/key.ts";
import type { ActionResult } from "../../../shared/core/kernel/step.ts";
import type { RunRequest, RunResult } from "../../../shared/shell/run.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { chaos } from "./chaos.ts";
import { check, type Violation } from "./check.ts";
import {
  type ValveAction,
  type ValveConfig,
  type ValveInput,
  type ValveReason,
  type ValveState,
  valve,
} from "./machine.ts";

export type ValveRequest = RunRequest<
  ValveConfig,
  ValveState,
  ValveInput & { readonly subject: string },
  ValveAction,
  ValveReason
>;
export type Shell = (runtime: Runtime, request: ValveRequest) => Promise<RunResult<ValveReason>>;

/** One start of a performance, as the world saw it. */
export interface Performance {
  readonly key: string;
  readonly desired: number;
  readonly expected: number;
  readonly subject: string;
  readonly at: number;
}

export interface Simulated {
  readonly violations: readonly Violation[];
  /** What happened, one line each, for a seed that is looked at. */
  readonly log: readonly string[];
  /** How often each kind of bad luck struck, so that a test can see that it did. */
  readonly luck: ReadonlyMap<string, number>;
}

const START = 1_700_000_000_000;
const SUBJECTS = ["orders", "clicks"];
const TENANT = "default";
const CONFIG: ValveConfig = { cooldownMs: 30_000 };

const keyOf = (subject: string): AggregateKey => ({ tenant: TENANT, noun: valve.noun, subject });

/** Plays one seed: some minutes of bad days, then quiet, recovery, and the check of what must hold whatever happened. */
export async function simulate(seed: number, shell: Shell): Promise<Simulated> {
  const { random, time, say, chance, store, worker, go, ...odds } = chaos(seed, START);

  // The world: valves moved by us and by another hand, and how far each should be open.
  const world = new Map(SUBJECTS.map((subject) => [subject, { desired: 2, wanted: 2 }]));
  const notes = new Set<string>();
  const performances: Performance[] = [];

  const apply = (action: ValveAction, at: number): ActionResult => {
    const valveNow = world.get(action.subject) as { desired: number; wanted: number };
    const result = (status: ActionResult["status"], detail: string) => ({ key: action.key, status, at, detail });
    if (action.type === "note") {
      notes.add(action.key);
      return result("done", "noted");
    }
    if (valveNow.desired === action.desired) return result("done", "already so");
    if (valveNow.desired !== action.expected) return result("superseded", `another hand set ${valveNow.desired}`);
    valveNow.desired = action.desired;
    return result("done", `set to ${action.desired}`);
  };

  let runs = 0;
  const trigger = async (subject: string, type: "schedule" | "sweep"): Promise<RunResult<ValveReason> | undefined> => {
    runs += 1;
    const name = `w${runs}`;
    const { runtime, perform } = worker(name);
    try {
      return await shell(runtime, {
        machine: valve,
        tenant: TENANT,
        subject,
        mode: "act",
        config: CONFIG,
        configVersion: "c1",
        trigger: { type },
        observe: async () => {
          await time.sleep(random() * 300);
          const seen = world.get(subject) as { desired: number; wanted: number };
          const read = chance("unreadable", 0.05) ? {} : { actual: seen.desired };
          const input = { subject, wanted: seen.wanted, ...read };
          await time.sleep(random() * 300);
          return input;
        },
        perform: (action, { record }) => {
          performances.push({ ...action, at: time.clock.now });
          return perform(keyOf(subject), `${action.key} -> ${action.desired}`, record, (at) => apply(action, at));
        },
      });
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      say(name, `gives up: ${error.code}`);
      return undefined;
    }
  };

  const later = (within: number, work: () => unknown) =>
    go(async () => {
      await time.sleep(random() * within);
      await work();
    });
  const SPAN = 240_000;
  for (const subject of SUBJECTS) {
    const valveNow = world.get(subject) as { desired: number; wanted: number };
    for (let index = 0; index < 4; index += 1) {
      later(SPAN, () => {
        valveNow.wanted = 2 + Math.floor(random() * 6);
        say("load", `${subject} wants ${valveNow.wanted}`);
      });
    }
    later(SPAN, () => {
      if (random() < 0.5) return;
      valveNow.desired = 2 + Math.floor(random() * 6);
      say("hand", `${subject} is ${valveNow.desired}`);
    });
    for (let index = 0; index < 8; index += 1) {
      const at = random() * SPAN;
      const copies = random() < 0.3 ? 2 : 1;
      // Delivered late, twice and out of order, as queues and alarms do.
      for (let copy = 0; copy < copies; copy += 1) {
        go(async () => {
          await time.sleep(at + (random() < 0.3 ? random() * 30_000 : random() * 500));
          await trigger(subject, "schedule");
        });
      }
    }
  }
  await time.drain();

  // Quiet: no faults any more. The sweep finds what is due, then everything is looked at until nothing changes.
  odds.calmDown();
  for (let round = 0; round < 12; round += 1) {
    time.clock.now += 150_000;
    const due = await store.due(time.clock.now, 100);
    const subjects = round % 2 === 0 ? due.map((key) => key.subject) : SUBJECTS;
    const results: (RunResult<ValveReason> | undefined)[] = [];
    for (const subject of subjects) go(async () => void results.push(await trigger(subject, "sweep")));
    await time.drain();
    if (
      round % 2 === 1 &&
      results.length === SUBJECTS.length &&
      results.every((result) => result?.status === "unchanged")
    )
      break;
  }
  if (odds.failures.length > 0) throw odds.failures[0];
  const states = new Map<string, { state: ValveState; pending: boolean }>();
  for (const subject of SUBJECTS) {
    const stored = await store.load(keyOf(subject));
    if (stored)
      states.set(subject, { state: stored.state as unknown as ValveState, pending: stored.pending !== undefined });
  }
  const records = await odds.records(TENANT);
  const found = check({ states, records, performances, world, notes, config: CONFIG, now: time.clock.now });
  return { violations: [...odds.broken, ...found], log: odds.log, luck: odds.luck };
}
