import type { Clause } from "../../kernel/step.ts";
import { formatDuration, iso } from "../../kernel/time.ts";
import type { Bounds } from "../bounds.ts";
import { excludedBy } from "./excluded.ts";
import { slotLimit, stabilizing, vetoed } from "./gates.ts";
import { type FlinkPolicy, flinkOpinion, type JobOpinion, type Scene } from "./policy.ts";
import { jobParallelism, seedOpinion } from "./seed.ts";
import type { FlinkScalingConfig, FlinkScalingReason, FlinkScalingState } from "./types.ts";
import { excluded, type Limits } from "./vertex.ts";
import { clause } from "./words.ts";

/** What to make of the vertices, or why they stay. */
export interface Plan {
  /** Vertices that change, by id; empty: none does. */
  readonly to: ReadonlyMap<string, number>;
  readonly direction?: "out" | "in";
  readonly reason: FlinkScalingReason;
  readonly rule: string;
  /** Reads after "because". */
  readonly text: string;
  readonly expected?: ReadonlyMap<string, readonly [rate: number, expected: number]>;
  /** Waits for a scale-in, and rates by parallelism, to be remembered. */
  readonly down?: FlinkScalingState["down"];
  readonly scaling?: FlinkScalingState["scaling"];
}

type Work = Scene & { readonly config: FlinkScalingConfig; readonly bounds: Bounds; readonly trace: Clause[] };

const NOBODY: ReadonlyMap<string, number> = new Map();

export const flinkPolicies = ({ policies }: FlinkScalingConfig): readonly FlinkPolicy[] =>
  policies.filter((policy) => policy.type === "flink");

/** Bounds of one decision on each vertex. */
export function limitsOf(config: FlinkScalingConfig, bounds: Bounds, seen: Scene["seen"]): Limits {
  const most = flinkPolicies(config).flatMap(({ maxSlots }) => maxSlots ?? []);
  return {
    min: Math.max(1, bounds.min),
    max: Math.max(1, bounds.max),
    slots: slotLimit(seen, most.length === 0 ? undefined : Math.min(...most)),
    stepOut: config.maxStep?.out ?? Number.POSITIVE_INFINITY,
    stepIn: config.maxStep?.in ?? Number.POSITIVE_INFINITY,
  };
}

/** Override, pause, policies, bounds, then what forbids a direction: in this order, each saying so in the trace. */
export function planOf(work: Work): Plan {
  const held = overridden(work);
  if (held) return held;
  const { pause } = work.state;
  if (pause?.direction === "all")
    return { to: NOBODY, reason: "held_paused", rule: "pause", text: pauseText(work.state) };
  const wish = byPolicies(work);
  const inside = wish.to.size === 0 ? enforced(wish, work) : wish;
  return inside.to.size === 0 ? inside : forbidden(inside, work);
}

const directionOf = (to: ReadonlyMap<string, number>, { seen }: Scene): "out" | "in" =>
  seen.vertices.some(({ id, parallelism }) => (to.get(id) ?? parallelism) > parallelism) ? "out" : "in";

/** A person's count for every vertex, inside the bounds; excluded vertices keep theirs. */
function overridden(work: Work): Plan | undefined {
  const { state, config } = work;
  const { override } = state;
  if (!override) return undefined;
  const exclude = flinkPolicies(config).flatMap((policy) => policy.exclude);
  const to = new Map<string, number>();
  for (const vertex of work.seen.vertices) {
    if (excluded(exclude, vertex)) continue;
    const count = clamped(override.desired, vertex, work);
    if (count !== vertex.parallelism) to.set(vertex.id, count);
  }
  const { min, max } = work.limits;
  const inside = Math.min(max, Math.max(min, override.desired));
  const cut = inside === override.desired ? "" : `, clamped from ${override.desired} to ${min}..${max}`;
  const text = `${override.by} holds the parallelism at ${inside}${cut} until ${iso(override.until)}: "${override.why}"`;
  const way = to.size === 0 ? {} : { direction: directionOf(to, work) };
  return { to, ...way, reason: "overridden", rule: "override", text };
}

/** Inside the bounds, and no more than a vertex can use. */
function clamped(count: number, vertex: Scene["seen"]["vertices"][number], { limits }: Scene): number {
  const most = Math.min(limits.max, vertex.maxParallelism, vertex.partitions ?? Infinity, limits.slots ?? Infinity);
  return Math.max(1, Math.min(most, Math.max(limits.min, count)));
}

function pauseText({ pause }: FlinkScalingState): string {
  if (!pause) return "";
  const direction = pause.direction === "all" ? "scaling" : `scaling ${pause.direction}`;
  return `${pause.by} paused ${direction}${pause.until === undefined ? "" : ` until ${iso(pause.until)}`}: "${pause.why}"`;
}

function byPolicies(work: Work): Plan {
  const opinions = opinionsOf(work);
  for (const { clauses } of opinions) work.trace.push(...clauses);
  const memory = opinions.find(({ rule }) => rule === "flink");
  const kept = {
    ...(memory?.down ? { down: memory.down } : {}),
    ...(memory?.scaling ? { scaling: memory.scaling } : {}),
  };
  const to = new Map<string, number>();
  for (const vertex of work.seen.vertices) {
    const count = merged(opinions, vertex, work);
    if (count !== vertex.parallelism) to.set(vertex.id, count);
  }
  if (to.size > 0) {
    const direction = directionOf(to, work);
    const speaker =
      opinions.find((one) => [...to].some(([id, count]) => one.to.get(id) === count)) ??
      opinions.find((one) => one.to.size > 0);
    const { rule = "policies", text = "", expected } = speaker ?? {};
    const reason = direction === "out" ? "scaled_out" : "scaled_in";
    return { to, direction, reason, rule, text, ...(expected ? { expected } : {}), ...kept };
  }
  const wanting = opinions.find((one) => one.to.size > 0);
  const holding = opinions.find(({ held }) => held !== undefined);
  const one = wanting ?? holding ?? opinions[0];
  const reason = wanting ? whyNot(wanting, work) : (holding?.held ?? "within_target");
  return { to, reason, rule: one?.rule ?? "policies", text: one?.text ?? "no policy speaks", ...kept };
}

/** One policy wants a change and it cannot be had: a bound, or another policy, says no. */
function whyNot({ to }: JobOpinion, { seen }: Scene): FlinkScalingReason {
  const grows = seen.vertices.some(({ id, parallelism }) => (to.get(id) ?? parallelism) > parallelism);
  return grows ? "at_max" : "held_disagreement";
}

function opinionsOf(work: Work): readonly JobOpinion[] {
  const { config, seen, state, now } = work;
  const exclude = flinkPolicies(config).flatMap((policy) => policy.exclude);
  return config.policies.flatMap((policy): readonly JobOpinion[] => {
    if (policy.type === "scheduled") return [];
    if (policy.type === "parallelism") return [seedOpinion(policy, work, exclude)];
    if (policy.type !== "flink") {
      const text = `${policy.type} is no policy for a Flink job: flink, parallelism and scheduled are`;
      return [
        { rule: policy.type, to: NOBODY, held: "held_no_data", text, clauses: [clause("held", policy.type, text)] },
      ];
    }
    const young = stabilizing(seen.startedAt ?? state.known?.since, now, policy.stabilization);
    if (young === undefined) return [flinkOpinion(policy, work)];
    return [
      {
        rule: "flink",
        to: NOBODY,
        held: "held_stabilizing",
        text: young,
        clauses: [clause("held", "stabilization", young)],
      },
    ];
  });
}

/** The largest wins; a policy that is silent about a vertex, or cannot tell, wants it as it is. */
function merged(opinions: readonly JobOpinion[], vertex: Scene["seen"]["vertices"][number], work: Work): number {
  const { id, parallelism: current } = vertex;
  if (opinions.length === 0) return current;
  const wanted = Math.max(...opinions.map(({ to }) => to.get(id) ?? current));
  if (wanted === current) return current;
  const { stepOut, stepIn } = work.limits;
  const stepped = Math.min(current + stepOut, Math.max(current - stepIn, wanted));
  const inside = clamped(stepped, vertex, work);
  // What it has already widens the bounds: a policy that wants more never makes less of it.
  return wanted > current ? Math.max(current, inside) : Math.min(current, inside);
}

/** Bounds hold whatever the policies think: no vertex above the maximum, and the job not below the minimum. */
function enforced(wish: Plan, work: Work): Plan {
  const { seen, limits, config } = work;
  const exclude = flinkPolicies(config).flatMap((policy) => policy.exclude);
  const job = jobParallelism(seen);
  const to = new Map<string, number>();
  for (const vertex of seen.vertices) {
    if (excluded(exclude, vertex)) continue;
    if (vertex.parallelism > limits.max) to.set(vertex.id, limits.max);
    else if (job < limits.min && vertex.parallelism === job) {
      const count = clamped(limits.min, vertex, work);
      if (count > vertex.parallelism) to.set(vertex.id, count);
    }
  }
  if (to.size === 0) return wish;
  const over = job > limits.max;
  const text = over ? `${job} is above the maximum of ${limits.max}` : `${job} is below the minimum of ${limits.min}`;
  const { expected: _, ...rest } = wish;
  return { ...rest, to, direction: directionOf(to, work), reason: "bounds_enforced", rule: over ? "max" : "min", text };
}

/** What forbids a direction whoever wants it: a pause, a time, a task manager that suffers, a rescale that came to nothing. */
function forbidden(wish: Plan, work: Work): Plan {
  const { state, config, seen, now } = work;
  const direction = directionOf(wish.to, work);
  const hold = (reason: FlinkScalingReason, rule: string, text: string): Plan => {
    const { direction: _, expected: __, ...rest } = wish;
    return { ...rest, to: NOBODY, reason, rule, text: `${wish.text}, but ${text}` };
  };
  if (state.pause && state.pause.direction !== "all") {
    const left = new Map(
      [...wish.to].filter(([id, count]) => count > current(seen, id) !== (state.pause?.direction === "out")),
    );
    if (left.size === 0) return hold("held_paused", "pause", pauseText(state));
    if (left.size < wish.to.size) return forbidden({ ...wish, to: left, direction: directionOf(left, work) }, work);
  }
  for (const policy of flinkPolicies(config)) {
    const period = excludedBy(policy.excludedPeriods, policy.timezone, now);
    if (period !== undefined)
      return hold("held_excluded", "excluded-period", `nothing is scaled in the time ${period} (${policy.timezone})`);
    const veto = direction === "out" ? vetoed(seen, policy) : undefined;
    if (veto !== undefined) return hold("held_vetoed", "pressure", `${veto}: nothing is scaled out`);
  }
  const { refused } = state;
  if (refused?.direction !== direction || now >= refused.until) return wish;
  const left = formatDuration(refused.until - now);
  return hold(
    "held_refused",
    "refused",
    `the last rescale came to nothing (${refused.why}); the next is tried in ${left}`,
  );
}

const current = ({ vertices }: Scene["seen"], id: string): number =>
  vertices.find((vertex) => vertex.id === id)?.parallelism ?? 0;
