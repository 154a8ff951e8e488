import type { ActionResult, Machine } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { FlinkReason } from "./reasons.ts";
import { step } from "./step.ts";
import type { FlinkAction, FlinkConfig, FlinkInput, FlinkState, FlinkSwitch } from "./types.ts";

/** Subject of a service's Flink rollouts; other subjects of the noun have another beginning. */
export const flinkSubject = (service: string): string => `flink:${service}`;

/** Nobody waits for a machine that is stuck or for a person. */
const SLOW = 12;

type Typed = FlinkAction["type"];
const TYPES: readonly Typed[] = ["flink_check", "flink_savepoint", "flink_stop", "flink_run", "flink_cancel"];

function settle(_config: FlinkConfig, state: FlinkState, results: readonly ActionResult[], now: Millis): FlinkState {
  let is = state.current;
  if (!is) return state;
  for (const result of results) {
    const [, type, subject] = partsOf(is, result.key);
    if (type === undefined || subject === undefined) continue;
    const name = `${type}:${subject}`;
    // What was asked for may show from now on, not from when it was decided.
    if (is.asked[name] !== undefined) is = { ...is, asked: { ...is.asked, [name]: now } };
    if (result.status === "refused") is = { ...is, refused: { type, why: result.detail } };
    else if (type === "flink_check" && result.status === "done") is = { ...is, checked: true };
  }
  return is === state.current ? state : { ...state, current: is };
}

function partsOf(is: FlinkSwitch, key: string): readonly [string, Typed | undefined, string | undefined] {
  if (!key.startsWith(`${is.id}:`)) return ["", undefined, undefined];
  const [type, subject] = key.slice(is.id.length + 1).split(":");
  return [is.id, TYPES.find((one) => one === type), subject];
}

function dueAt(config: FlinkConfig, state: FlinkState, now?: Millis): Millis | undefined {
  const { current } = state;
  const { poll } = config.flink;
  if (!current) {
    // A new job that was given up may come late: it is watched for twice as long as it may take.
    const until = state.ended[0]?.phase === "rolled_back" ? (state.ended[0].endedAt ?? 0) + 2 * config.lingerMs : 0;
    const next = (now ?? state.ended[0]?.endedAt ?? 0) + config.lingerMs;
    return next <= until ? next : undefined;
  }
  const from = now ?? lastOf(current);
  return from + (current.phase === "stuck" || current.phase === "approval" ? SLOW * poll : poll);
}

/** The last instant that the switch itself knows of. */
const lastOf = (is: FlinkSwitch): Millis => Math.max(is.since, ...Object.values(is.asked));

/** Blue-green of a service's Flink job, as the shell sees it. */
export const flinkRollout: Machine<FlinkConfig, FlinkState, FlinkInput, FlinkAction, FlinkReason> = {
  noun: "delivery",
  initial: () => ({ v: 1, ended: [] }),
  step,
  settle,
  dueAt,
};
