import type { RegretView } from "../../../functions/api/views-autoscaling-tune.ts";
import { number } from "../format.ts";

/** What the policy in force cost, against the best that is known and against perfect foresight, in one sentence. */
export function regretText({ regret, policy, load }: Pick<RegretView, "regret" | "policy" | "load">): string {
  const { money } = regret;
  const [cost, best, oracle] = money
    ? [money.cost, money.best, money.oracle]
    : [regret.cost, regret.best.cost, regret.oracle];
  const unit = money ? "in your currency" : "task-hours, bad minutes included";
  const over = best > 0 ? cost / best - 1 : 0;
  const known =
    over < 0.005
      ? "no policy that is known would have cost less"
      : `${regret.best.name} would have cost ${number(best)}, ${number(Math.round((1 - best / cost) * 1000) / 10)}\u00a0% less`;
  return `Over the last ${number(load.days)} days ${policy} cost ${number(cost)} ${unit}: ${known}; perfect foresight ${number(oracle)}.`;
}
