import { worldOf } from "../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../shared/core/autoscaling/backtest/builtin.ts";
import { machineController } from "../shared/core/autoscaling/backtest/drive.ts";
import { simulate } from "../shared/core/autoscaling/backtest/simulate.ts";
import { syntheticTrace } from "../shared/core/autoscaling/backtest/synthetic.ts";
import { autoscaling } from "../shared/core/autoscaling/machine.ts";
import { loadOf, policyOf } from "./autoscaling-policies.ts";
import { type Row, row } from "./row.ts";
import { medianProcessorMs } from "./timing.ts";

const BAR_US = 50;
const ROUNDS = 5;

type Call = Parameters<typeof autoscaling.step>;

/** Processor time of one pure step of each policy, over every minute of a synthetic fortnight: inputs as the backtest makes them. */
export function stepRows(): readonly Row[] {
  return Object.keys(builtinPolicies)
    .filter((name) => name !== "auto")
    .map((name) => {
      const calls = callsOf(name);
      const ms = medianProcessorMs(ROUNDS, () => {
        for (const call of calls) autoscaling.step(...call);
      });
      const measure = `pure step, ${name}, processor time`;
      return row("autoscaling", { measure, value: (1000 * ms) / calls.length, unit: "us", bar: BAR_US });
    });
}

/** What the machine was asked in each minute. */
function callsOf(name: string): readonly Call[] {
  const calls: Call[] = [];
  const work = loadOf(syntheticTrace());
  const world = worldOf({}, work.arrivals.length);
  const controller = machineController(policyOf(name), work, world, { asked: (...call) => void calls.push(call) });
  simulate(work.arrivals, controller, world);
  return calls;
}
