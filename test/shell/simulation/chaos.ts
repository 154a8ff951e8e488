import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import { type AggregateKey, keyText } from "../../../shared/core/kernel/key.ts";
import type { DecisionRecord } from "../../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../../shared/core/kernel/step.ts";
import { memoryJournal } from "../../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../../shared/edge/memory-store.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { silentTelemetry } from "../telemetry.ts";
import type { Violation } from "./check.ts";
import { scheduler, seeded } from "./scheduler.ts";

const SKEW_MS = 2_000;
/** Where somebody dies; each its own, or what waits for it would be kept for ever. */
const never = () => new Promise<never>(() => {});

/** Bad luck, drawn from one seed: processes that die, calls that are refused, slow or answered to nobody, clocks that differ. */
export function chaos(seed: number, start: number) {
  const random = seeded(seed);
  const time = scheduler(start, random);
  const log: string[] = [];
  const luck = new Map<string, number>();
  const broken: Violation[] = [];
  const failures: unknown[] = [];
  const store = memoryStore(
    () => time.clock.now,
    () => 1 + Math.floor(random() * 2 ** 40),
  );
  const journal = memoryJournal();
  const lastWriter = new Map<string, string>();
  let calm = false;
  const chance = (name: string, probability: number): boolean => {
    if (calm || random() >= probability) return false;
    luck.set(name, (luck.get(name) ?? 0) + 1);
    return true;
  };
  const say = (who: string, what: string) =>
    void log.push(`${((time.clock.now - start) / 1_000).toFixed(3)}s ${who}: ${what}`);
  const go = (work: () => Promise<unknown>) => void work().catch((error: unknown) => failures.push(error));

  /** One process: it may die before or after any call leaves it, and then nothing of it goes on. */
  const worker = (name: string) => {
    const skew = calm ? 0 : (random() * 2 - 1) * SKEW_MS;
    const dies = (where: string): Promise<never> => {
      say(name, `dies ${where}`);
      return never();
    };
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
    const fault = (code: "store.throttled" | "journal.unavailable" | "fleet.unavailable") => () =>
      new HeadgateError(code, "no answer", { retryable: true });
    const unused = (port: string) =>
      new Proxy(
        {},
        {
          get: () => {
            throw new Error(`the shell touched ${port}`);
          },
        },
      );
    const runtime: Runtime = {
      now: () => time.clock.now + skew,
      speed: 1,
      random,
      sleep: (ms) => time.sleep(ms),
      store: {
        ...store,
        load: (key) => call(`load ${key.subject}`, () => store.load(key), fault("store.throttled")),
        write: (key, version, next) =>
          call(
            `write ${key.subject} v${version}${next.pending ? ` pending ${next.pending.record.id.slice(-6)}` : ""}`,
            async () => {
              const result = await store.write(key, version, next);
              if (result.ok) lastWriter.set(keyText(key), name);
              return result;
            },
            fault("store.throttled"),
          ),
      },
      journal: {
        ...journal,
        append: (record) =>
          call(
            `append ${record.id.slice(-6)} ${record.reason}`,
            () => journal.append(record),
            fault("journal.unavailable"),
          ),
        outcome: (tenant, id, outcome) =>
          call(`outcome ${id.slice(-6)}`, () => journal.outcome(tenant, id, outcome), fault("journal.unavailable")),
      },
      objects: unused("objects") as Runtime["objects"],
      fleet: unused("fleet") as Runtime["fleet"],
      samples: unused("samples") as Runtime["samples"],
      timers: unused("timers") as Runtime["timers"],
      telemetry: { ...silentTelemetry(), count: (counter) => void luck.set(counter, (luck.get(counter) ?? 0) + 1) },
    };
    /** Starts an action: at this instant it must be this worker's, and its record in the journal. */
    const perform = async (
      key: AggregateKey,
      what: string,
      record: DecisionRecord,
      effect: (at: number) => ActionResult | Promise<ActionResult>,
    ): Promise<ActionResult> => {
      say(name, `starts ${what}`);
      const owner = await store.load(key);
      if (owner?.pending?.record.id !== record.id || lastWriter.get(keyText(key)) !== name) {
        broken.push({
          rule: "an action starts only while it belongs to its worker",
          detail: `${name} started ${what}`,
        });
      }
      if (!(await journal.get(key.tenant, record.id))) {
        broken.push({ rule: "the record is in the journal before its action starts", detail: what });
      }
      return call(`does ${what}`, async () => effect(time.clock.now + skew), fault("fleet.unavailable"), 0.15);
    };
    return { runtime, perform };
  };

  return {
    random,
    time,
    log,
    luck,
    broken,
    store,
    journal,
    chance,
    say,
    worker,
    /** Starts something that runs beside everything else; an error that nobody expects ends the simulation. */
    go,
    failures,
    /** From now on nothing goes wrong any more. */
    calmDown: () => void (calm = true),
    async records(tenant: string): Promise<readonly DecisionRecord[]> {
      const records: DecisionRecord[] = [];
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const page = await journal.list({ tenant, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
        records.push(...page.items);
        cursor = page.cursor;
      }
      return records;
    },
  };
}
