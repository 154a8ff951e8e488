import { formatDuration, type Millis } from "../../kernel/time.ts";
import type { Policy } from "../config.ts";
import type { JobOpinion, Scene } from "./policy.ts";
import type { FlinkScalingState, FlinkSeen } from "./types.ts";
import { excluded } from "./vertex.ts";
import { clause, figure } from "./words.ts";

type ParallelismPolicy = Extract<Policy, { type: "parallelism" }>;

const RULE = "parallelism";

/** Parallelism of the whole job: that of its largest vertex. */
export const jobParallelism = ({ vertices }: Pick<FlinkSeen, "vertices">): number =>
  Math.max(0, ...vertices.map(({ parallelism }) => parallelism));

/**
 * The platform's original rule on a job: the busiest subtask over `high` → int(p × 1.5), under `low` → max(1, int(p × 0.7)), where p is the
 * job's parallelism. Vertices that have less than the job keep it. How busy a job is stands for the metric, whatever its name.
 */
export function seedOpinion(policy: ParallelismPolicy, scene: Scene, exclude: readonly string[]): JobOpinion {
  const { seen } = scene;
  const vertices = seen.vertices.filter((vertex) => !excluded(exclude, vertex));
  const busy = vertices.map(({ busyMax, inputs }) => (inputs.length === 0 && busyMax === undefined ? 0 : busyMax));
  // A job of which every subtask is busy 0 ms is one of which nothing was measured.
  if (vertices.length === 0 || !busy.every((one) => Number.isFinite(one ?? Number.NaN)) || !busy.some((one) => one)) {
    const text = "how busy the job is is not known";
    return { rule: RULE, to: new Map(), held: "held_no_data", text, clauses: [clause("held", RULE, text)] };
  }
  const percent = Math.max(...(busy as readonly number[])) / 10;
  const current = Math.max(...vertices.map(({ parallelism }) => parallelism));
  const wants = percent > policy.high ? "out" : percent < policy.low ? "in" : undefined;
  const next =
    wants === "out" ? grown(policy, current) : wants ? Math.max(1, Math.trunc(current * policy.shrink)) : current;
  const edge =
    wants === "out"
      ? `over ${policy.high} %`
      : wants
        ? `under ${policy.low} %`
        : `between ${policy.low} % and ${policy.high} %`;
  const text = `the busiest subtask was ${edge} (${figure(percent)} %)`;
  const values = { busy: percent, from: current, to: next };
  if (!wants || next === current)
    return { rule: RULE, to: new Map(), text, clauses: [clause("computed", RULE, text, values)] };
  const until = lastAction(scene.state) + policy.cooldown[wants];
  if (scene.now < until) {
    const held = `${text}, but its cooldown has ${formatDuration(until - scene.now)} left`;
    return {
      rule: RULE,
      to: new Map(),
      held: "held_cooldown",
      text: held,
      clauses: [clause("vetoed", RULE, held, values)],
    };
  }
  const to = new Map<string, number>();
  for (const { id, parallelism } of vertices)
    if (wants === "out" ? parallelism === current : parallelism > next) to.set(id, next);
  return { rule: RULE, to, text, clauses: [clause("computed", RULE, text, values)] };
}

function grown(policy: ParallelismPolicy, from: number): number {
  const next = Math.trunc(from * policy.grow);
  return policy.exact ? next : Math.max(from + 1, next);
}

/** One clock for both directions, as the rule always had it. */
const lastAction = ({
  lastOutAt = Number.NEGATIVE_INFINITY,
  lastInAt = Number.NEGATIVE_INFINITY,
}: FlinkScalingState): Millis => Math.max(lastOutAt, lastInAt);
