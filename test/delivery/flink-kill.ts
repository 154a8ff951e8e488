import { flinkRollout } from "../../shared/core/delivery/flink/machine.ts";
import type { FlinkSwitch } from "../../shared/core/delivery/flink/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import { Killed, mortal } from "../alerting/mortal.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { flinkWorld } from "./flink-kit.ts";

export interface KillOutcome {
  readonly seed: number;
  readonly phase: string;
  readonly reason: string;
  readonly kills: number;
  /** Rules that were broken; empty: none was. */
  readonly wrong: readonly string[];
}

export interface KillOptions {
  /** Leaves the machine as it is, or breaks it, to see that it is noticed. */
  readonly sabotage?: (world: ReturnType<typeof flinkWorld>) => void;
}

const SECOND = 1_000;
const JARS = ["v2", "v2", "v2", "v2 fails", "v2 slow", "v2 lazy", "broken"];
const COMMANDS = ["abort", "rollback", "pause", "promote", "skip"] as const;

/**
 * One rollout in a world where workers die at any call, calls fail before or after their effect, job managers restart with and without
 * what they knew, and people change their minds. What must hold is looked at after every single turn.
 */
export async function killFlink(seed: number, options: KillOptions = {}): Promise<KillOutcome> {
  const random = seeded(seed);
  const chance = (share: number) => random() < share;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const parallel = chance(0.3);
  const calm = chance(0.3);
  let trouble = true;
  const late: { readonly at: number; readonly effect: () => unknown }[] = [];
  const around = async <T>(what: string, effect: () => T): Promise<T> => {
    const away = () => new HeadgateError("jobs.unavailable", "away", { retryable: true });
    if (trouble && !calm && chance(0.06)) throw away();
    if (trouble && !calm && what === "run" && chance(0.1)) {
      // Nobody answered in time, and it is done all the same, a while later.
      late.push({ at: world.clock.now + random() * 25 * SECOND, effect });
      throw away();
    }
    const answer = effect();
    if (trouble && !calm && chance(0.06)) throw away();
    return answer;
  };
  const world = flinkWorld({
    around,
    flink: {
      mode: parallel ? "parallel" : "stop-start",
      judge: { for: "20s", baseline: chance(0.3) ? "0" : "10s" },
      deadlines: { judge: "3m", savepoint: "10m", start: "2m" },
    },
    faults: {
      startMs: 500 + random() * 20_000,
      savepointMs: 200 + random() * 20_000,
      cancelMs: random() * 15_000,
      rates: { "v2 lazy": 20 },
      forgetMs: chance(0.1) ? 0 : 300_000,
      ...(chance(0.1) ? { savepointFails: "IOException: no space" } : {}),
    },
  });
  options.sabotage?.(world);
  const wrong = new Set<string>();
  let kills = 0;
  let lost = false;
  let lostAt = Number.POSITIVE_INFINITY;

  const look = () => {
    for (const one of late.splice(0)) {
      if (one.at <= world.clock.now) one.effect();
      else late.push(one);
    }
    const writing = world.alive().filter((id) => !world.flink.jobs.get(id)?.ending);
    if (!parallel && writing.length > 1) wrong.add("two jobs write");
    if (writing.length > 2) wrong.add("three jobs write");
  };
  /** A turn of a worker that may die in the middle of it. */
  const turn = async (work: (runtime: typeof world.runtime) => Promise<unknown>) => {
    const left = trouble && chance(0.35) ? Math.floor(random() * 30) : Number.POSITIVE_INFINITY;
    let calls = 0;
    const { runtime, dead } = mortal(world.runtime, () => ++calls > left);
    try {
      await work(runtime);
    } catch (error) {
      if (!(error instanceof Killed) && !(error instanceof HeadgateError)) throw error;
    }
    if (dead()) kills += 1;
    look();
  };

  const commandAt = chance(0.35) ? Math.floor(random() * 40) : -1;
  const restartAt = chance(0.2) ? Math.floor(random() * 30) : -1;
  const keep = chance(0.5);
  const release = { jarFile: pick(JARS), version: "v2" };
  for (let tries = 0; tries < 30 && !(await world.state())?.current; tries += 1) {
    if ((await world.state())?.ended[0]) break;
    await turn((runtime) => world.start(release, runtime));
    world.clock.now += 40 * SECOND;
  }
  for (let round = 0; round < 600; round += 1) {
    if (round === 120) trouble = false;
    const state = await world.state();
    const { current } = state ?? {};
    if (state && !current) break;
    if (round === commandAt) await world.command(pick(COMMANDS)).catch(() => undefined);
    if (current?.paused && round > commandAt + 5) await world.command("resume").catch(() => undefined);
    if (current?.phase === "stuck") {
      // Only a cluster that forgot everything may leave nothing to go on with; then a person helps.
      if (!lost) wrong.add("stuck although nothing was lost");
      const path = current.states?.at(-1) ?? "";
      if (!world.flink.disk.has(path)) world.flink.disk.set(path, 0);
      await world.command("rollback").catch(() => undefined);
    }
    if (round === restartAt && trouble) {
      world.flink.restart(keep);
      lost = !keep;
      if (lost) lostAt = world.clock.now;
      if (lost) late.length = 0;
    }
    world.clock.now += Math.floor(random() * 12 * SECOND) + 500;
    await turn((runtime) => world.look(runtime));
  }
  // Whatever was submitted late shows now, and is taken away.
  trouble = false;
  for (let round = 0; round < 8; round += 1) {
    world.clock.now += 10 * SECOND;
    await turn((runtime) => world.look(runtime));
  }

  const state = await world.state();
  const last: FlinkSwitch | undefined = state?.ended[0];
  if (!last || state?.current) wrong.add(`not over: ${state?.current?.phase}`);
  if (last && last.phase !== "promoted" && last.phase !== "rolled_back") wrong.add(`ended as ${last.phase}`);
  // What a cluster forgets after the end is not of the rollout.
  if (lostAt >= (last?.endedAt ?? 0) && lost)
    return { seed, phase: last?.phase ?? "none", reason: "", kills, wrong: [...wrong] };
  if (world.alive().length !== 1) wrong.add(`${world.alive().length} jobs run at the end`);
  if (last?.phase === "promoted" && world.alive()[0] !== last.jobId) wrong.add("promoted, and another job runs");
  if (last?.phase === "rolled_back" && world.alive()[0] === last.jobId) wrong.add("rolled back, and the new job runs");
  if (state?.stable && state.stable.jobId !== world.alive()[0]) wrong.add("what is the service is another job");
  if (last?.savepoint !== undefined && !world.flink.disk.has(last.savepoint)) wrong.add("the savepoint is gone");
  const { twice, missing } = world.output();
  if (missing > 0) wrong.add(`${missing} records are missing`);
  // A job that died after its last checkpoint and one that is given up after having written do write twice: documented.
  if (twice > 0 && !parallel && !lost && last?.phase === "promoted") wrong.add(`${twice} records came twice`);
  const { items } = await world.journal.list({ tenant: "default", limit: 200 });
  for (const record of items) if (!replay(record, flinkRollout).same) wrong.add("a record does not replay");
  const size = JSON.stringify(state ?? {}).length;
  if (size > 32_768) wrong.add(`the state has ${size} bytes`);
  return { seed, phase: last?.phase ?? "none", reason: last?.failure?.reason ?? "", kills, wrong: [...wrong] };
}
