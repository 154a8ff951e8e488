import { allAtOnce } from "./all-at-once.ts";
import { blueGreen } from "./blue-green.ts";
import { canary } from "./canary.ts";
import { rolling } from "./rolling.ts";
import type { Rollout, Strategy } from "./types.ts";
import type { Ways } from "./ways.ts";

const WAYS: Readonly<Record<Strategy, Ways>> = {
  canary,
  "blue-green": blueGreen,
  rolling,
  "all-at-once": allAtOnce,
};

/** How a rollout of this strategy goes. */
export const waysOf = ({ strategy }: Pick<Rollout, "strategy">): Ways => WAYS[strategy];
