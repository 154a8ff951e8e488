import type { Clause } from "../../kernel/step.ts";
import { enter, largest, type Move } from "./asking.ts";
import { mapOf, measured } from "./ended.ts";
import type { Plan } from "./plan.ts";
import { own, type Scene } from "./policy.ts";
import { unsure, withoutRequirements } from "./requirements.ts";
import { type Setting, told } from "./setting.ts";
import { canRunAgain } from "./sight.ts";
import { patch } from "./state.ts";
import type { FlinkScalingAction, FlinkScalingState, FlinkScalingStep, Parallelisms, Rescale } from "./types.ts";
import { clause, figure } from "./words.ts";

export interface Conclusion {
  readonly state: FlinkScalingState;
  readonly scene: Scene;
  readonly plan: Plan;
  /** Notes to earlier decisions. */
  readonly outcomes: readonly FlinkScalingAction[];
  /** Another hand had changed the job. */
  readonly external: boolean;
}

/** Turns the plan into state, actions and reason; observe and recommend say what they would do, and do nothing. */
export function begin(setting: Setting, conclusion: Conclusion): FlinkScalingStep {
  const { config, trace } = setting;
  const { state, scene, plan, outcomes, external } = conclusion;
  const from = mapOf(scene.seen);
  const way = wayOf(setting, conclusion, from);
  if ("hold" in way) {
    const text = `${plan.text}, but ${way.text}`;
    trace.push(clause("vetoed", plan.rule, text, { from: largest(from), desired: largest(from) }));
    return { ...told(setting, state, way.hold, { external }), actions: outcomes, trace };
  }
  const { to, how } = way;
  trace.push({
    kind: closing(plan),
    rule: plan.rule,
    text: plan.text,
    values: { from: largest(from), desired: largest(to), vertices: changes(from, to) },
  });
  if (!plan.direction || plan.to.size === 0)
    return { ...told(setting, state, plan.reason, { external }), actions: outcomes, trace };
  if (config.mode !== "act") {
    trace.push(clause("vetoed", "mode", `mode is ${config.mode}, so nothing is done`, { mode: config.mode }));
    const reason = plan.direction === "out" ? "would_scale_out" : "would_scale_in";
    return { ...told(setting, state, reason, { to: proposal(from, to) }), actions: outcomes, trace };
  }
  const move = started(setting, conclusion, from, to, how);
  trace.push(...move.clauses);
  const next = patch(state, { rescale: move.rescale, last: { reason: plan.reason, at: setting.now } });
  return { state: next, actions: [...outcomes, ...move.actions], reason: plan.reason, trace };
}

function closing({ direction, reason }: Plan): Clause["kind"] {
  if (reason === "bounds_enforced" || reason === "at_max") return "clamped";
  if (direction || reason === "within_target" || reason === "overridden") return "chosen";
  return /^held_(no|incomplete|window|stabilizing|stale)/.test(reason) ? "held" : "vetoed";
}

type Way =
  | { readonly to: Parallelisms; readonly how: Rescale["how"] }
  | { readonly hold: "held_refused" | "held_incomplete"; readonly text: string };

/** In place where the cluster can, or else by stop and run, which knows one parallelism for the whole job; or why neither can be had. */
function wayOf({ config, now }: Setting, { state, scene, plan }: Conclusion, from: Parallelisms): Way {
  const wanted = Object.fromEntries(
    scene.seen.vertices.map(({ id, parallelism }) => [id, plan.to.get(id) ?? parallelism]),
  );
  const { adaptive, noRequirements } = scene.seen;
  if (plan.to.size === 0 || (adaptive !== false && !noRequirements)) return { to: wanted, how: "in-place" };
  if (noRequirements && !withoutRequirements(state, now)) return { hold: "held_incomplete", text: unsure(state) };
  if (!canRunAgain(config)) return { hold: "held_refused", text: NEITHER };
  const [job, next] = [largest(from), largest(wanted)];
  if (job === next) return { hold: "held_refused", text: ONE_FOR_ALL };
  // Whoever is at the parallelism of the job follows it; what is smaller has a parallelism of its own.
  const to = Object.fromEntries(
    scene.seen.vertices.map(({ id, parallelism }) => [id, parallelism === job ? next : Math.min(parallelism, next)]),
  );
  return { to, how: "savepoint" };
}

const NEITHER =
  "the cluster cannot rescale in place (its scheduler is not adaptive), and neither savepoints nor jarId say how to run the job again";
const ONE_FOR_ALL = "the job has one parallelism for all vertices where it is run again, and its largest vertex stays";

function started(
  { service, now }: Setting,
  { state, scene, plan }: Conclusion,
  from: Parallelisms,
  to: Parallelisms,
  how: Rescale["how"],
): Move {
  const { seen } = scene;
  const key = `rescale:${service}:${now}`;
  const { lastPath, savepointPath = state.savepoint } = seen.checkpoints ?? {};
  const expected = [...(plan.expected ?? [])].filter(([id]) => own(to, id) === plan.to.get(id));
  const rescale: Rescale = {
    key,
    decisionAt: now,
    direction: plan.direction ?? "out",
    how,
    phase: how === "in-place" ? "requiring" : "stopping",
    since: now,
    jobId: seen.jobId,
    from,
    to,
    asked: { key, at: now, count: 0 },
    before: measured(seen),
    expected: Object.fromEntries(expected),
    ...(isIdle(scene) ? { idle: true as const } : {}),
    ...(savepointPath === undefined ? {} : { savepointBefore: savepointPath }),
    ...(lastPath === undefined ? {} : { checkpoint: lastPath }),
  };
  const text =
    how === "in-place"
      ? `asked for: ${changes(from, to)}`
      : `stopped with a savepoint, to run again: ${changes(from, to)}`;
  return enter(rescale, rescale.phase, now, text);
}

/** Nothing moved at all before: then nothing that moves can be waited for. */
function isIdle({ seen, window }: Scene): boolean {
  const [first, last] = [window.points[0], window.points.at(-1)];
  const read = (point: typeof first) => point?.of.reduce((sum, [records]) => sum + records, 0) ?? 0;
  if (first && last && last.at > first.at) return read(first) === read(last);
  return seen.vertices.every(({ inPerSecond }) => inPerSecond === 0);
}

const MOST_CHANGES = 20;

function changes(from: Parallelisms, to: Parallelisms): string {
  const lines = Object.entries(to).flatMap(([id, count]) => {
    const before = own(from, id);
    return before === count || before === undefined ? [] : [`${before} → ${figure(count)}`];
  });
  return lines.slice(0, MOST_CHANGES).join(", ") || "nothing";
}

/** Another proposal is another record. */
function proposal(from: Parallelisms, to: Parallelisms): string {
  const changed = Object.entries(to).filter(([id, count]) => own(from, id) !== count);
  return changed
    .map(([id, count]) => `${id}:${count}`)
    .join(" ")
    .slice(0, 2000);
}
