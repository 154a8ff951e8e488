import type { JobVertex } from "../../kernel/jobs.ts";
import type { Clause } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import { boundsOf } from "../bounds.ts";
import { isInstant } from "../signal.ts";
import { runAgain } from "./again.ts";
import type { Move } from "./asking.ts";
import { begin } from "./begin.ts";
import { ended, mapOf, outcomeOf } from "./ended.ts";
import { stabilizing } from "./gates.ts";
import { inPlace } from "./in-place.ts";
import { flinkPolicies, limitsOf, planOf } from "./plan.ts";
import { own } from "./policy.ts";
import { counted, withoutRequirements } from "./requirements.ts";
import { jobParallelism } from "./seed.ts";
import { expired, hold, rebased, type Setting, told } from "./setting.ts";
import type { Sight } from "./sight.ts";
import { patch } from "./state.ts";
import type {
  FlinkLook,
  FlinkReading,
  FlinkScalingAction,
  FlinkScalingConfig,
  FlinkScalingReason,
  FlinkScalingState,
  FlinkScalingStep,
  FlinkSeen,
  FlinkWindow,
} from "./types.ts";
import { readingsOf, sampled } from "./window.ts";
import { clause } from "./words.ts";

/** Looks at the job and decides. See `step` for the order. */
export function look(
  config: FlinkScalingConfig,
  before: FlinkScalingState,
  input: FlinkLook,
  now: Millis,
): FlinkScalingStep {
  const setting: Setting = { config, before, service: input.service ?? "", now, trace: [] };
  const seen = input.seen ? tidy(input.seen) : undefined;
  const state = counted(expired(rebased(before, now), setting), seen, now);
  if (state.rescale) return carriedOn(setting, state, input, seen);
  const why = unusable(config, input, seen, now);
  if (!seen || why)
    return hold(setting, state, why?.reason ?? "held_no_job", why?.text ?? "the cluster did not answer");
  return judged(setting, state, seen);
}

/** JSON has no NaN: where one was measured, null is what is left of it. It is told as little as what is absent. */
function tidy(seen: FlinkSeen): FlinkSeen {
  const told = <T extends object>(of: T): T =>
    Object.fromEntries(Object.entries(of).filter(([, value]) => value !== null)) as T;
  const vertices = Array.isArray(seen.vertices) ? seen.vertices : [];
  return {
    ...told(seen),
    vertices: vertices.map((vertex) => ({ ...told<JobVertex>(vertex), inputs: vertex.inputs ?? [] })),
  };
}

type Unusable = { readonly reason: FlinkScalingReason; readonly text: string } | undefined;

/** Why nothing can be said about the job. Zeros of a job manager that has lost its task managers are caught here. */
function unusable(config: FlinkScalingConfig, input: FlinkLook, seen: FlinkSeen | undefined, now: Millis): Unusable {
  if (!seen) return { reason: "held_no_job", text: input.why ?? "the cluster did not answer" };
  if (typeof seen.jobId !== "string" || seen.jobId === "") return { reason: "held_no_job", text: "the job has no id" };
  if (!isInstant(seen.at)) return { reason: "held_incomplete", text: "the cluster does not say when it looked" };
  if (now - seen.at > config.maxAge) return { reason: "held_stale_data", text: "what the cluster says is too old" };
  if (seen.state !== "RUNNING") return { reason: "held_no_job", text: `the job is ${seen.state}` };
  if (seen.allRunning !== true) return { reason: "held_incomplete", text: "not all of its tasks run" };
  return undefined;
}

function judged(setting: Setting, before: FlinkScalingState, seen: FlinkSeen): FlinkScalingStep {
  const { config, service, now, trace } = setting;
  const point = readingsOf(seen);
  const short = slotsShort(before, seen);
  if (!point.ok || short !== undefined) {
    const text = point.ok ? (short ?? "") : point.why;
    return hold(setting, patch(before, { slots: seen.slots?.total }), "held_incomplete", text);
  }
  const external = changedByOthers(before, seen, trace);
  const map = mapOf(seen);
  const known = external || !before.known ? { jobId: seen.jobId, parallelism: map, since: now } : before.known;
  const aware = patch(before, { known, desired: jobParallelism(seen), slots: seen.slots?.total });
  const { state: measured, window } = metrics(config, aware, seen, point.of, now, trace);
  trace.push(jobClause(seen));
  const outcome = outcomeDue(config, measured, service, seen, now);
  const state = outcome ? patch(measured, { effect: undefined }) : measured;
  const outcomes: readonly FlinkScalingAction[] = outcome ? [outcome] : [];
  const bounds = boundsOf(config, now);
  trace.push(...bounds.clauses);
  const scene = { state, seen, window, limits: limitsOf(config, bounds, seen), now };
  const plan = planOf({ ...scene, config, bounds, trace });
  const next = patch(state, {
    down: plan.down && Object.keys(plan.down).length > 0 ? plan.down : undefined,
    ...(plan.scaling ? { scaling: plan.scaling } : {}),
  });
  return begin(setting, { state: next, scene, plan, outcomes, external });
}

/** Fewer slots than the job needs, or than at the last look: what is measured meanwhile is not the whole job. */
function slotsShort({ slots }: FlinkScalingState, seen: FlinkSeen): string | undefined {
  const total = seen.slots?.total;
  if (total === undefined) return undefined;
  const needs = jobParallelism(seen);
  if (total < needs) return `the cluster has ${total} slots, and the job needs ${needs}`;
  return slots !== undefined && total < slots ? `the cluster has lost slots: ${slots} → ${total}` : undefined;
}

function changedByOthers({ known }: FlinkScalingState, seen: FlinkSeen, trace: Clause[]): boolean {
  if (!known) return false;
  if (known.jobId !== seen.jobId) {
    trace.push(clause("changed", "external-change", `the job was started anew as ${seen.jobId}`));
    return true;
  }
  const changed = seen.vertices.filter(({ id, parallelism }) => own(known.parallelism, id) !== parallelism);
  const [first] = changed;
  if (!first && Object.keys(known.parallelism).length === seen.vertices.length) return false;
  const what = first
    ? `${first.name.slice(0, 80)} from ${own(known.parallelism, first.id) ?? "nothing"} to ${first.parallelism}`
    : "its vertices";
  trace.push(
    clause("changed", "external-change", `another hand, or a want of slots, changed ${what}`, {
      vertices: changed.length,
    }),
  );
  return true;
}

/** The window with this look: of a job that has just begun nothing is kept, because it is catching up. */
function metrics(
  config: FlinkScalingConfig,
  state: FlinkScalingState,
  seen: FlinkSeen,
  of: readonly FlinkReading[],
  now: Millis,
  trace: Clause[],
): { readonly state: FlinkScalingState; readonly window: FlinkWindow } {
  const [policy] = flinkPolicies(config);
  const { live, kept, anew } = sampled(state.window, seen, of, policy?.window ?? 0);
  if (!policy) return { state: patch(state, { window: undefined }), window: live };
  if (stabilizing(seen.startedAt ?? state.known?.since, now, policy.stabilization) !== undefined)
    return { state: patch(state, { window: undefined, down: undefined }), window: live };
  if (anew === undefined) return { state: patch(state, { window: kept }), window: live };
  trace.push(clause("input", "window", `the metric window of ${formatDuration(policy.window)} begins anew: ${anew}`));
  return { state: patch(state, { window: kept, down: undefined }), window: live };
}

function jobClause(seen: FlinkSeen): Clause {
  const { name, state, vertices, at } = seen;
  const counts = vertices
    .map(({ parallelism }) => parallelism)
    .slice(0, 50)
    .join(", ");
  const slots = seen.slots ? `, ${seen.slots.free} of ${seen.slots.total} slots free` : "";
  return clause("input", "job", `${name || seen.jobId} is ${state} at parallelism ${counts}${slots}`, {
    at,
    jobId: seen.jobId,
  });
}

function outcomeDue(
  config: FlinkScalingConfig,
  { effect }: FlinkScalingState,
  service: string,
  seen: FlinkSeen,
  now: Millis,
) {
  return effect && now - effect.since >= config.outcome.after ? outcomeOf(effect, service, seen) : undefined;
}

/** A rescale that is under way is carried on whatever the mode: a job must not be left half way. */
function carriedOn(
  setting: Setting,
  state: FlinkScalingState,
  input: FlinkLook,
  seen: FlinkSeen | undefined,
): FlinkScalingStep {
  const { config, trace, now } = setting;
  const { rescale } = state;
  if (!rescale) return hold(setting, state, "held_no_data", "no rescale is under way");
  const sight: Sight = {
    config,
    seen,
    savepoint: input.savepoint ?? seen?.savepoint,
    gone: input.gone === true && !seen,
    beside: input.beside ?? [],
    without: withoutRequirements(state, now),
    why: input.why ?? "the cluster did not answer",
    now,
  };
  const move: Move = rescale.how === "in-place" ? inPlace(rescale, sight) : runAgain(rescale, sight);
  trace.push(...move.clauses);
  if (move.ended === undefined) {
    const reason = move.stuck || move.rescale.phase === "returning" ? "rescale_failed" : "rescaling";
    return { ...told(setting, patch(state, { rescale: move.rescale }), reason), actions: move.actions, trace };
  }
  const next = ended(state, move, seen, now);
  return { ...told(setting, next, REASONS[move.ended]), actions: move.actions, trace };
}

const REASONS = {
  rescaled: "rescaled",
  rolled_back: "rescale_rolled_back",
  failed: "rescale_failed",
  external: "external_change",
} as const;
