import * as v from "valibot";
import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import { needsOf } from "../../shared/core/delivery/rollout/needs.ts";
import {
  type RolloutCommandName,
  type RolloutConfig,
  type RolloutInput,
  type RolloutState,
  rolloutSubject,
} from "../../shared/core/delivery/rollout/types.ts";
import { ServiceDelivery } from "../../shared/core/delivery/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import { run } from "../../shared/shell/run.ts";
import { chaos } from "../shell/simulation/chaos.ts";
import type { Violation } from "../shell/simulation/check.ts";
import { releaseOf } from "./rollout-kit.ts";
import { rolloutWorld, type Scenario } from "./rollout-world.ts";

export interface Played {
  readonly violations: readonly Violation[];
  readonly log: readonly string[];
  readonly luck: ReadonlyMap<string, number>;
  readonly scenario: Scenario;
  readonly strategy: string;
  /** How it ended. */
  readonly phase: string | undefined;
  /** Why it went back. */
  readonly failure?: string;
  readonly decisions: number;
}

const BEGIN = 1_700_000_000_000;
const TENANT = "default";
const SERVICE = "orders";
/** Bad days, and the quiet after them in which everything has to come to its end. */
const [BAD_MS, QUIET_MS] = [10 * 60_000, 60 * 60_000];

type Machine = typeof rolloutMachine;

const oneOf = <T>(random: () => number, ...all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

function drawn(random: () => number): { readonly scenario: Scenario; readonly config: RolloutConfig } {
  const strategy = oneOf(
    random,
    "canary" as const,
    "canary" as const,
    "blue-green" as const,
    "rolling" as const,
    "all-at-once" as const,
  );
  const behaviour =
    random() < 0.7 ? "ok" : oneOf(random, "never" as const, "crash" as const, "flap" as const, "hopeless" as const);
  const outageAt = BEGIN + random() * 300_000;
  const scenario: Scenario = {
    size: oneOf(random, 1, 2, 3, 5),
    divides: strategy === "canary" || strategy === "blue-green" || random() < 0.7,
    behaviour,
    startMs: random() * 30_000,
    worse: oneOf(random, 1, 1, 1, 4),
    counts: oneOf(
      random,
      "prompt" as const,
      "prompt" as const,
      "prompt" as const,
      "late" as const,
      "none" as const,
      "unreadable" as const,
    ),
    hook: oneOf(random, "yes" as const, "yes" as const, "slow" as const, "no" as const),
    shareLagMs: random() < 0.5 ? 0 : random() * 8_000,
    ...(random() < 0.2 ? { outage: { from: outageAt, to: outageAt + 60_000 } } : {}),
  };
  const delivery = v.parse(ServiceDelivery, {
    strategy,
    steps: oneOf(
      random,
      [20, 100],
      [5, 50, 100],
      [
        { percent: 25, for: "20s" },
        { percent: 100, approval: true },
      ],
    ),
    every: "10s",
    first: "30s",
    step: "20s",
    bake: oneOf(random, "0s", "30s"),
    timeout: "90s",
    verify: "60s",
    poll: "5s",
    deadline: "14m",
    approval: random() < 0.1,
    maxSurge: oneOf(random, 0, 1, 2),
    minHealthy: oneOf(random, 50, 100),
    gate:
      random() < 0.15
        ? "off"
        : {
            rule: oneOf(random, "sequential" as const, "threshold" as const),
            history: 20,
            insufficient: oneOf(random, "hold" as const, "continue" as const, "pause" as const, "fail" as const),
            looks: 2,
          },
    hooks: random() < 0.4 ? { smoke: "http://hooks.test/smoke", beforePromotion: "http://hooks.test/last" } : {},
  });
  return { scenario, config: { service: SERVICE, delivery } };
}

/** Plays one seed: a rollout in bad days, by workers that die anywhere, with the real shell; then quiet, and what must hold then. */
export async function playRollout(seed: number, machine: Machine = rolloutMachine): Promise<Played> {
  const odds = chaos(seed, BEGIN);
  const { random, time, store, go, chance, say } = odds;
  const { scenario, config } = drawn(random);
  const world = rolloutWorld(scenario, () => time.clock.now, BEGIN);
  const key = { tenant: TENANT, noun: machine.noun, subject: rolloutSubject(SERVICE) };
  let workers = 0;
  let decisions = 0;

  const trigger = async (make?: () => RolloutInput): Promise<void> => {
    workers += 1;
    const { runtime } = odds.worker(`w${workers}`);
    try {
      const result = await run(runtime, {
        machine,
        tenant: TENANT,
        subject: key.subject,
        mode: "act",
        config,
        configVersion: "c1",
        trigger: { type: "timer" },
        observe: async () => {
          const stored = await store.load(key);
          const state = (stored?.state ?? machine.initial(config, time.clock.now)) as unknown as RolloutState;
          const input = make?.();
          const needs = needsOf(config, state, input?.kind ?? "look", time.clock.now);
          await time.sleep(random() * 500);
          const look = world.look(needs, chance("unreadable", 0.04));
          await time.sleep(random() * 500);
          return input ? ({ ...input, look } as RolloutInput) : look;
        },
        perform: async (action) => {
          // As a call with a time limit: its effect comes within the lease or not at all.
          await time.sleep(random() * 3_000);
          if (chance("crash before does", 0.02)) return new Promise<never>(() => {});
          if (chance("refused does", 0.03))
            throw new HeadgateError("releases.unavailable", "no answer", { retryable: true });
          if (chance("failed does", 0.03))
            return { key: action.key, status: "failed", at: time.clock.now, detail: "no answer" };
          const result = world.perform(action);
          say(`w${workers}`, action.key);
          await time.sleep(random() * 3_000);
          if (chance("crash after does", 0.02)) return new Promise<never>(() => {});
          if (chance("answer lost does", 0.02))
            throw new HeadgateError("releases.unavailable", "answer lost", { retryable: true });
          return result;
        },
      });
      if (result.status === "decided") {
        decisions += 1;
        say(`w${workers}`, `decides ${result.reason}: ${result.record?.trace.at(-1)?.text}`);
      }
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
    }
  };
  const start = (): RolloutInput => ({ kind: "start", id: "rol_1", release: releaseOf("v2"), by: "ada", why: "" });
  const word = (command: RolloutCommandName) => (): RolloutInput => ({
    kind: "command",
    command,
    by: "ada",
    why: "",
    id: "rol_1",
  });
  const current = async () => ((await store.load(key))?.state as unknown as RolloutState | undefined)?.current;

  go(async () => {
    // Whoever starts it asks until it is known.
    for (let tries = 0; tries < 5 && !(await store.load(key)); tries += 1) {
      go(() => trigger(start));
      await time.sleep(40_000);
    }
  });
  const said = random() < 0.4 ? 1 + Math.floor(random() * 3) : 0;
  for (let index = 0; index < said; index += 1) {
    const command = oneOf(
      random,
      "pause" as const,
      "resume" as const,
      "promote" as const,
      "skip" as const,
      "approve" as const,
      "abort" as const,
      "rollback" as const,
    );
    const at = random() * 400_000;
    go(async () => {
      await time.sleep(at);
      await trigger(word(command));
    });
  }
  const pump = async (until: number, pauseMs: () => number): Promise<void> => {
    while (time.clock.now < until) {
      await time.sleep(pauseMs());
      const due = await store.due(time.clock.now, 10);
      if (due.length > 0) go(() => trigger());
      if (due.length > 0 && chance("twice", 0.1)) go(() => trigger());
      const state = await store.load(key);
      if (state && !state.pending && state.dueAt === undefined) break;
    }
  };
  go(() => pump(BEGIN + BAD_MS, () => 2_000 + random() * 6_000));
  await time.drain();

  odds.calmDown();
  go(async () => {
    await time.sleep(1);
    for (let tries = 0; tries < 3 && !(await store.load(key)); tries += 1) {
      await trigger(start);
      await time.sleep(40_000);
    }
    const end = time.clock.now + QUIET_MS;
    while (time.clock.now < end) {
      // Somebody comes to work each minute: what waits for a person gets its word.
      const waits = await current();
      if (!waits && !(await store.load(key))?.pending) break;
      if (waits?.paused) await trigger(word("resume"));
      else if (waits?.phase === "approval") await trigger(word("approve"));
      for (let looks = 0; looks < 12; looks += 1) {
        await time.sleep(5_000);
        if ((await store.due(time.clock.now, 10)).length > 0) await trigger();
      }
    }
    // The one more look after the end.
    await time.sleep(130_000);
    await trigger();
    await trigger();
  });
  await time.drain();
  if (odds.failures.length > 0) throw odds.failures[0];
  return {
    ...(await checkEnd()),
    log: odds.log,
    luck: odds.luck,
    scenario,
    strategy: config.delivery.strategy,
    decisions,
  };

  async function checkEnd(): Promise<Pick<Played, "violations" | "phase" | "failure">> {
    const found: Violation[] = [...odds.broken, ...world.broken];
    const breach = (rule: string, detail: string) => void found.push({ rule, detail });
    const state = (await store.load(key))?.state as unknown as RolloutState | undefined;
    const last = state?.ended[0];
    const there = [...world.versions.keys()].join(", ");
    if (!last) breach("it ends promoted or rolled back", state?.current?.phase ?? "never begun");
    else {
      const winner = last.phase === "promoted" ? "v2" : "v1";
      if (there !== winner) breach("no version is left over", `${last.phase}, and there is ${there}`);
      if (world.stable !== winner) breach("what is left is the service", `${last.phase}, and ${world.stable} is`);
      const desired = world.versions.get(winner)?.desired ?? 0;
      if (desired < scenario.size) breach("what is left has all instances", `${desired} of ${scenario.size}`);
      const { shares } = world;
      if (shares && shares[winner] !== 100) breach("what is left has all traffic", JSON.stringify(shares));
    }
    for (const record of await odds.records(TENANT)) {
      if (!replay(record, machine).same) breach("every record replays", record.id);
      if (JSON.stringify(record.stateAfter as Json).length > 64_000) breach("the state is small", record.id);
    }
    const failure = last?.failure?.reason;
    return { violations: found, phase: last?.phase, ...(failure === undefined ? {} : { failure }) };
  }
}
