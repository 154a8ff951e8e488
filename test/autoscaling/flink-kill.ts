import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import type {
  FlinkScalingAction,
  FlinkScalingInput,
  FlinkScalingState,
} from "../../shared/core/autoscaling/flink/types.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { AGAIN, config, T0 } from "./flink-given.ts";
import { flinkSim } from "./flink-job.ts";

export interface KillOutcome {
  readonly seed: number;
  readonly kills: number;
  readonly reasons: ReadonlySet<string>;
  /** Rules that were broken; empty: none was. */
  readonly wrong: readonly string[];
}

/** What one worker claimed and did not settle: whoever comes after the lease does it again. */
interface Pending {
  readonly actions: readonly FlinkScalingAction[];
  readonly results: readonly ActionResult[];
  readonly attempts: number;
  readonly leaseUntil: number;
}

const LEASE_MS = 60 * SECOND_MS;
const MOST_ATTEMPTS = 3;

/**
 * A job whose load has doubled, in a world where workers die before and after every call, answers are lost, the job restarts, its job manager is away,
 * savepoints fail, new jobs die, and people change their minds. The shell is done in a few lines: claim, perform, settle, with a lease.
 */
export function killFlinkScaling(seed: number): KillOutcome {
  const random = seeded(seed);
  const chance = (share: number) => random() < share;
  const adaptive = chance(0.5);
  const dies = chance(0.3);
  const sim = flinkSim({
    load: (now) => (now < T0 + HOUR_MS ? 300 : 120),
    adaptive,
    restartMs: 5_000 + Math.floor(random() * 90) * 1000,
    savepointMs: 1_000 + Math.floor(random() * 60) * 1000,
    ...(dies ? { diesFrom: 3 } : {}),
    ...(chance(0.2) ? { savepointFails: true } : {}),
  });
  const of = config({ utilizationMax: 1, deadline: chance(0.5) ? "1m" : "10m", scaleDownInterval: "20m" }, {}, AGAIN);
  const wrong = new Set<string>();
  const reasons = new Set<string>();
  let state: FlinkScalingState = flinkScaling.initial(of, T0);
  let pending: Pending | undefined;
  let kills = 0;
  let trouble = true;
  /** Calls until this worker dies. */
  let left = Infinity;
  const call = <T>(effect: () => T): T => {
    if (left <= 0) throw new Error("killed");
    left -= 1;
    if (trouble && chance(0.05)) throw new Error("away");
    const answer = effect();
    if (left <= 0) throw new Error("killed");
    left -= 1;
    if (trouble && chance(0.05)) throw new Error("away");
    return answer;
  };

  /** Performs what is pending; false: some of it has to be tried again. */
  const perform = () => {
    if (!pending) return;
    const { actions, attempts } = pending;
    for (const action of actions) {
      if (pending.results.some(({ key }) => key === action.key)) continue;
      let result: Omit<ActionResult, "key" | "at"> | undefined;
      try {
        result = call(() => sim.perform(action));
      } catch (error) {
        if (String(error).includes("killed")) throw error;
        if (attempts < MOST_ATTEMPTS) {
          pending = { ...pending, leaseUntil: sim.now() + 5 * SECOND_MS };
          return;
        }
        result = { status: "failed", detail: "gave up" };
      }
      pending = { ...pending, results: [...pending.results, { key: action.key, at: sim.now(), ...result }] };
    }
    if (left <= 0) throw new Error("killed");
    state = JSON.parse(JSON.stringify(flinkScaling.settle(of, state, pending.results, sim.now())));
    pending = undefined;
  };

  const turn = () => {
    left = trouble && chance(0.25) ? Math.floor(random() * 5) : Infinity;
    try {
      if (pending) {
        if (sim.now() < pending.leaseUntil) return;
        pending = { ...pending, attempts: pending.attempts + 1, leaseUntil: sim.now() + LEASE_MS };
        perform();
        return;
      }
      let seen: FlinkScalingInput;
      try {
        seen = call(() => sim.look(state));
      } catch (error) {
        if (String(error).includes("killed")) throw error;
        seen = { kind: "look", service: "orders", seen: undefined, why: "away" };
      }
      const step = flinkScaling.step(of, state, JSON.parse(JSON.stringify(seen)), sim.now());
      if (left <= 0) throw new Error("killed");
      reasons.add(step.reason);
      state = JSON.parse(JSON.stringify(step.state));
      if (step.actions.length === 0) return;
      pending = { actions: step.actions, results: [], attempts: 1, leaseUntil: sim.now() + LEASE_MS };
      perform();
    } catch (error) {
      if (!String(error).includes("killed")) throw error;
      kills += 1;
    }
  };

  let lagBefore = 0;
  const restarts = chance(0.4) ? Math.floor(random() * 300) : -1;
  const foreign = chance(0.15) && !dies ? Math.floor(random() * 300) : -1;
  // One that was begun just before the end is seen through.
  const goesOn = () => sim.now() < T0 + (state.rescale ? 5 : 4) * HOUR_MS;
  for (let round = 0; goesOn(); round += 1) {
    if (sim.now() > T0 + 2.5 * HOUR_MS) trouble = false;
    if (sim.now() < T0 + 3 * HOUR_MS) lagBefore = sim.lag();
    sim.advance(state.rescale || pending ? 10 * SECOND_MS : MINUTE_MS);
    const [job] = sim.alive();
    if (round === restarts && job) sim.restart(job);
    // Another hand: a parallelism of its own.
    if (round === foreign && job && adaptive) {
      job.asked = { source: 1, work: 5 };
      sim.restart(job);
    }
    turn();
    if (sim.alive().length > 1) wrong.add("two jobs write");
    if (JSON.stringify(state).length > 32_768) wrong.add("the state grows");
  }
  if (state.rescale) wrong.add(`a rescale is still ${state.rescale.phase}`);
  if (pending) wrong.add("an action is still pending");
  if (sim.alive().length !== 1) wrong.add(`${sim.alive().length} jobs run at the end`);
  if (sim.alive()[0]?.id !== state.known?.jobId) wrong.add("another job runs than the one that is known");
  if (sim.lag() > Math.max(1000, lagBefore)) wrong.add("the job does not keep up at the end");
  return { seed, kills, reasons, wrong: [...wrong] };
}
