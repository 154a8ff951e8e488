import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import { type AggregateKey, keyText } from "../../../shared/core/kernel/key.ts";
import type { DecisionRecord } from "../../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../../shared/core/kernel/step.ts";
import type { Journal } from "../../../shared/core/ports/journal.ts";
import type { Store } from "../../../shared/core/ports/store.ts";
import { memoryJournal } from "../../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../../shared/edge/memory-store.ts";
import type { RunRequest, RunResult } from "../../../shared/shell/run.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { silentTelemetry } from "../telemetry.ts";
import { check, type Violation } from "./check.ts";
import {
  type ValveAction,
  type ValveConfig,
  type ValveInput,
  type ValveReason,
  type ValveState,
  valve,
} from "./machine.ts";
import { scheduler, seeded } from "./scheduler.ts";

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
const SKEW_MS = 2_000;

const keyOf = (subject: string): AggregateKey => ({ tenant: TENANT, noun: valve.noun, subject });

/** Plays one seed: some minutes of bad days, then quiet, recovery, and the check of what must hold whatever happened. */
export async function simulate(seed: number, shell: Shell): Promise<Simulated> {
  const random = seeded(seed);
  const time = scheduler(START, random);
  const log: string[] = [];
  const luck = new Map<string, number>();
  const broken: Violation[] = [];
  const chance = (name: string, probability: number): boolean => {
    if (calm || random() >= probability) return false;
    luck.set(name, (luck.get(name) ?? 0) + 1);
    return true;
  };
  let calm = false;
  const say = (who: string, what: string) =>
    void log.push(`${((time.clock.now - START) / 1_000).toFixed(3)}s ${who}: ${what}`);

  // The world: valves moved by us and by another hand, and how far each should be open.
  const world = new Map(SUBJECTS.map((subject) => [subject, { desired: 2, wanted: 2 }]));
  const notes = new Set<string>();
  const performances: Performance[] = [];
  const store = memoryStore(() => time.clock.now);
  const journal = memoryJournal();
  const lastWriter = new Map<string, string>();

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

  /** One process: it may die before or after any call leaves it, and then nothing of it goes on. */
  const worker = (name: string) => {
    const skew = calm ? 0 : (random() * 2 - 1) * SKEW_MS;
    const never = new Promise<never>(() => {});
    const call = async <T>(what: string, effect: () => Promise<T>, fault: () => Error, slow = 0.04): Promise<T> => {
      const latency = chance("slow", slow) ? 5_000 + random() * 60_000 : random() * 200;
      await time.sleep(latency * random());
      const kind = what.split(" ", 1)[0];
      if (chance(`crash before ${kind}`, 0.02)) return dies(`before ${what}`);
      if (chance(`refused ${kind}`, 0.03)) throw fault();
      const value = await effect();
      say(name, what);
      await time.sleep(latency * random());
      if (chance(`crash after ${kind}`, 0.02)) return dies(`after ${what}`);
      if (chance(`answer lost ${kind}`, 0.02)) throw fault();
      return value;
    };
    const dies = (where: string): Promise<never> => {
      say(name, `dies ${where}`);
      return never;
    };
    const storeFault = () => new HeadgateError("store.throttled", "throttled", { retryable: true });
    const journalFault = () => new HeadgateError("journal.unavailable", "unavailable", { retryable: true });
    const ownStore: Store = {
      ...store,
      load: (key) => call(`load ${key.subject}`, () => store.load(key), storeFault),
      write: (key, version, next) =>
        call(
          `write ${key.subject} v${version}${next.pending ? ` pending ${next.pending.record.id.slice(-6)}` : ""}`,
          async () => {
            const result = await store.write(key, version, next);
            if (result.ok) lastWriter.set(keyText(key), name);
            return result;
          },
          storeFault,
        ),
    };
    const ownJournal: Journal = {
      ...journal,
      append: (record) =>
        call(`append ${record.id.slice(-6)} ${record.reason}`, () => journal.append(record), journalFault),
      outcome: (tenant, id, outcome) =>
        call(`outcome ${id.slice(-6)}`, () => journal.outcome(tenant, id, outcome), journalFault),
    };
    const unused = (port: string) => new Proxy({}, { get: () => expectUnused(port) });
    const runtime: Runtime = {
      now: () => time.clock.now + skew,
      speed: 1,
      random,
      sleep: (ms) => time.sleep(ms),
      store: ownStore,
      journal: ownJournal,
      objects: unused("objects") as Runtime["objects"],
      fleet: unused("fleet") as Runtime["fleet"],
      samples: unused("samples") as Runtime["samples"],
      timers: unused("timers") as Runtime["timers"],
      telemetry: { ...silentTelemetry(), count: (name) => void luck.set(name, (luck.get(name) ?? 0) + 1) },
    };
    const perform = async (action: ValveAction, record: DecisionRecord): Promise<ActionResult> => {
      performances.push({ ...action, at: time.clock.now });
      say(name, `starts ${action.key} -> ${action.desired}`);
      const owner = await store.load(keyOf(action.subject));
      if (owner?.pending?.record.id !== record.id || lastWriter.get(keyText(keyOf(action.subject))) !== name) {
        broken.push({
          rule: "an action starts only while it belongs to its worker",
          detail: `${name} started ${action.key}`,
        });
      }
      if (!(await journal.get(TENANT, record.id))) {
        broken.push({ rule: "the record is in the journal before its action starts", detail: action.key });
      }
      return call(
        `does ${action.key}`,
        async () => apply(action, time.clock.now + skew),
        () => new HeadgateError("fleet.unavailable", "no answer", { retryable: true }),
        0.15,
      );
    };
    return { runtime, perform };
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
        perform: (action, { record }) => perform(action, record),
      });
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      say(name, `gives up: ${error.code}`);
      return undefined;
    }
  };

  const failures: unknown[] = [];
  const start = (work: () => Promise<unknown>) => void work().catch((error: unknown) => failures.push(error));
  const later = (within: number, work: () => unknown) =>
    start(async () => {
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
        start(async () => {
          await time.sleep(at + (random() < 0.3 ? random() * 30_000 : random() * 500));
          await trigger(subject, "schedule");
        });
      }
    }
  }
  await time.drain();

  // Quiet: no faults any more. The sweep finds what is due, then everything is looked at until nothing changes.
  calm = true;
  for (let round = 0; round < 12; round += 1) {
    time.clock.now += 150_000;
    const due = await store.due(time.clock.now, 100);
    const subjects = round % 2 === 0 ? due.map((key) => key.subject) : SUBJECTS;
    const results: (RunResult<ValveReason> | undefined)[] = [];
    for (const subject of subjects) start(async () => void results.push(await trigger(subject, "sweep")));
    await time.drain();
    if (
      round % 2 === 1 &&
      results.length === SUBJECTS.length &&
      results.every((result) => result?.status === "unchanged")
    )
      break;
  }
  if (failures.length > 0) throw failures[0];
  const states = new Map<string, { state: ValveState; pending: boolean }>();
  for (const subject of SUBJECTS) {
    const stored = await store.load(keyOf(subject));
    if (stored)
      states.set(subject, { state: stored.state as unknown as ValveState, pending: stored.pending !== undefined });
  }
  const records: DecisionRecord[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await journal.list({ tenant: TENANT, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    records.push(...page.items);
    cursor = page.cursor;
  }
  const found = check({ states, records, performances, world, notes, config: CONFIG, now: time.clock.now });
  return { violations: [...broken, ...found], log, luck };
}

function expectUnused(port: string): never {
  throw new Error(`the shell touched ${port}`);
}
