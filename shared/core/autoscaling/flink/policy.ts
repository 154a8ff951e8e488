import type { Clause } from "../../kernel/step.ts";
import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import type { Policy } from "../config.ts";
import type { Times } from "./capacity.ts";
import { bandOf } from "./config.ts";
import { BACKLOG_BAND, backlogged, gainOf, outside, scaleDown, skewed } from "./gates.ts";
import { type RatesResult, ratesOf, type VertexRates } from "./rates.ts";
import { demands } from "./target.ts";
import type { FlinkScalingReason, FlinkScalingState, FlinkSeen, FlinkWindow } from "./types.ts";
import { type Limits, type Recommendation, recommend } from "./vertex.ts";
import { clause, figure } from "./words.ts";

export type FlinkPolicy = Extract<Policy, { type: "flink" }>;

/** What one policy thinks of a job: a parallelism for each vertex that it would change, or why it cannot tell. */
export interface JobOpinion {
  readonly rule: string;
  /** By vertex; one that is not in it stays. */
  readonly to: ReadonlyMap<string, number>;
  /** It cannot judge, or holds: nothing goes in then, whoever wants it. */
  readonly held?: FlinkScalingReason;
  /** Reads after "because". */
  readonly text: string;
  readonly clauses: readonly Clause[];
  /** True rate before and the rate that is expected, of vertices that grow. */
  readonly expected?: ReadonlyMap<string, readonly [rate: number, expected: number]>;
  readonly down?: FlinkScalingState["down"];
  readonly scaling?: FlinkScalingState["scaling"];
}

export interface Scene {
  readonly state: FlinkScalingState;
  readonly seen: FlinkSeen;
  readonly window: FlinkWindow;
  readonly limits: Limits;
  readonly now: Millis;
}

const NOBODY: ReadonlyMap<string, number> = new Map();

/** DS2 by vertex, with the gates of the Flink Kubernetes operator's autoscaler. */
export function flinkOpinion(policy: FlinkPolicy, scene: Scene): JobOpinion {
  const rates = ratesOf(scene.seen, scene.window, policy.window);
  if (!rates.ok) return blind(rates);
  const times = timesOf(policy, scene.state);
  const due = demands(rates.vertices, times.catchUpSec);
  const clauses: Clause[] = [];
  const late = backlogged(rates.vertices, policy.backlogProcessing);
  if (late) clauses.push(lateClause(late, policy));
  const throttled = throttledBy(rates.vertices);
  if (throttled !== undefined) clauses.push(clause("vetoed", "unknown-lag", throttled));
  const made: Recommendation[] = [];
  for (const vertex of rates.vertices) {
    const demand = due.get(vertex.id) ?? { target: Number.NaN, catchUp: Number.NaN };
    const points = own(scene.state.scaling, vertex.id) ?? [];
    const one = recommend(policy, vertex, demand, times, scene.limits, policy.scalability ? points : undefined);
    if (one.unknown !== undefined) {
      const why = `${vertex.name}: ${one.unknown}`;
      return blind({ ok: false, reason: "held_incomplete", why });
    }
    made.push(one);
  }
  const judged = judge(policy, scene, made, clauses, { late, throttled });
  const { min, max } = bandOf(policy);
  const band = late ? BACKLOG_BAND : { min, max: throttled === undefined ? max : Math.min(max, SATURATED) };
  const verdict = verdictOf(made, judged, (one) => outside(one.rate, one.demand, band, times));
  return { ...verdict, rule: "flink", clauses, ...memoryOf(policy, scene, made, judged.down) };
}

function blind({ reason, why }: Extract<RatesResult, { ok: false }>): JobOpinion {
  return { rule: "flink", to: NOBODY, held: reason, text: why, clauses: [clause("held", "flink", why)] };
}

/** Times of a capacity: the restart as measured, up to `restartMax`, or as configured. */
export function timesOf(
  policy: Pick<FlinkPolicy, "catchUp" | "restart" | "restartMax" | "trackRestart">,
  { restartMs }: Pick<FlinkScalingState, "restartMs">,
): Times {
  const measured = policy.trackRestart && restartMs !== undefined;
  const restart = measured ? Math.min(restartMs, policy.restartMax) : policy.restart;
  return { catchUpSec: policy.catchUp / 1000, restartSec: restart / 1000 };
}

function lateClause(late: VertexRates, policy: FlinkPolicy): Clause {
  const sec = late.inRate > 0 ? (late.lag ?? 0) / late.inRate : Number.POSITIVE_INFINITY;
  const worth = Number.isFinite(sec) ? `worth ${formatDuration(sec * 1000)}` : "and none is read";
  const text = `${figure(late.lag ?? 0)} records wait before ${late.name}, ${worth}: more than ${formatDuration(policy.backlogProcessing)}, so nothing goes in and every vertex may be busy all its time`;
  return clause("vetoed", "backlog", text, { lag: late.lag ?? 0, inRate: late.inRate });
}

/** ms per second of back pressure from which a source is held up. */
const HELD_UP_MS = 100;

/** Where no lag can show that a vertex falls behind, being busy so much of its time does. */
const SATURATED = 0.95;

/** A source whose lag nobody tells and that is held up reads less than there is: what it reads says nothing about going in. */
function throttledBy(vertices: readonly VertexRates[]): string | undefined {
  const one = vertices.find(
    ({ source, lag, backPressured }) => source && lag === undefined && !((backPressured ?? Number.NaN) < HELD_UP_MS),
  );
  if (!one) return undefined;
  const held = one.backPressured === undefined ? "may be held up" : `is held up ${figure(one.backPressured)} ms/s`;
  return `${one.name} ${held}, and how much waits before it is not told: nothing goes in`;
}

interface Judged {
  /** By vertex, what is left of the recommendations. */
  readonly to: ReadonlyMap<string, number>;
  readonly down: { readonly [vertex: string]: readonly (readonly [Millis, number])[] };
  /** Vertices whose last scale-out did not help. */
  readonly ineffective: readonly string[];
  /** Shortest time until a scale-in may go. */
  readonly waitMs: DurationMs | undefined;
}

/** A scale-out that did not help is not repeated; a scale-in waits, and not at all while there is a backlog. */
function judge(
  policy: FlinkPolicy,
  { state, now }: Scene,
  made: readonly Recommendation[],
  clauses: Clause[],
  { late, throttled }: { readonly late: VertexRates | undefined; readonly throttled: string | undefined },
): Judged {
  const to = new Map<string, number>();
  const down: [string, readonly (readonly [Millis, number])[]][] = [];
  const ineffective: string[] = [];
  let waitMs: DurationMs | undefined;
  const told = made.length <= MOST_TOLD ? made : made.filter((one) => one.to !== one.vertex.parallelism);
  for (const one of told.slice(0, MOST_TOLD)) clauses.push(one.clause);
  for (const one of made) {
    const { id, name, parallelism } = one.vertex;
    if (one.to > parallelism) {
      const gain = gainOf(own(state.ups, id), parallelism, one.rate, now);
      if (skewed(one.vertex)) clauses.push(skewClause(one.vertex));
      if (gain !== undefined && gain < policy.effectivenessThreshold) {
        clauses.push(ineffectiveClause(one, gain, policy.blockIneffective));
        ineffective.push(name);
        if (policy.blockIneffective) continue;
      }
      to.set(id, one.to);
    } else if (one.to < parallelism && throttled === undefined) {
      const wait = scaleDown(own(state.down, id), now, one.to, policy.scaleDownInterval);
      down.push([id, wait.down]);
      if (wait.to === undefined) waitMs = Math.min(waitMs ?? wait.leftMs, wait.leftMs);
      else if (!late && wait.to < parallelism) to.set(id, wait.to);
    }
  }
  return { to, down: Object.fromEntries(down), ineffective, waitMs };
}

/** Lines about vertices in one record; beyond that only those that would change. */
const MOST_TOLD = 20;

function skewClause({ name, busyMax = 0, busyMean = 0 }: VertexRates): Clause {
  const text = `the busiest subtask of ${name} is busy ${figure(busyMax)} ms/s, all of them ${figure(busyMean)} on average: a key that is hot stays on one subtask, whatever the parallelism`;
  return clause("input", "skew", text, { busyMax, busyMean });
}

function ineffectiveClause({ vertex }: Recommendation, gain: number, blocks: boolean): Clause {
  const share = `${figure(Math.round(gain * 1000) / 10)} %`;
  const text = `the last scale-out of ${vertex.name} brought ${share} of what was expected${blocks ? ": it is not repeated" : ""}`;
  return clause(blocks ? "vetoed" : "input", "ineffective", text, { gain });
}

function verdictOf(
  made: readonly Recommendation[],
  { to, ineffective, waitMs }: Judged,
  edge: (one: Recommendation) => "short" | "idle" | undefined,
): Pick<JobOpinion, "to" | "held" | "text" | "expected"> {
  const changing = made.filter(({ vertex }) => to.has(vertex.id));
  const first = changing.find((one) => edge(one) === "short") ?? changing.find((one) => edge(one) === "idle");
  if (first) {
    const expected = changing
      .filter((one) => (to.get(one.vertex.id) ?? 0) > one.vertex.parallelism && Number.isFinite(one.rate))
      .map(
        (one) =>
          [one.vertex.id, [one.rate, (one.rate / one.vertex.parallelism) * (to.get(one.vertex.id) ?? 0)]] as const,
      );
    const others = changing.length > 1 ? `, with ${changing.length - 1} more` : "";
    return { to, text: `${first.text}${others}`, expected: new Map(expected) };
  }
  if (ineffective.length > 0 && changing.length === 0) {
    const text = `the last scale-out of ${ineffective.join(", ").slice(0, 300)} did not help`;
    return { to: NOBODY, held: "held_ineffective", text };
  }
  if (waitMs !== undefined && changing.length === 0)
    return {
      to: NOBODY,
      held: "held_stabilization",
      text: `less would do, and is awaited for another ${formatDuration(waitMs)}`,
    };
  const busiest = made.find(({ limited }) => limited !== undefined);
  if (busiest) return { to: NOBODY, held: "at_max", text: busiest.text };
  return { to: NOBODY, text: "every vertex is within its band" };
}

/** What is remembered: waits for a scale-in, and rates by parallelism where they are asked for. */
function memoryOf(
  policy: FlinkPolicy,
  { state }: Scene,
  made: readonly Recommendation[],
  down: Judged["down"],
): Pick<JobOpinion, "down" | "scaling"> {
  if (!policy.scalability) return { down };
  const scaling = made.flatMap(({ vertex, rate }) => {
    const before = own(state.scaling, vertex.id) ?? [];
    if (!Number.isFinite(rate)) return before.length > 0 ? [[vertex.id, before] as const] : [];
    const others = before.filter(([parallelism]) => parallelism !== vertex.parallelism);
    return [[vertex.id, [...others, [vertex.parallelism, figureOf(rate)] as const].slice(-MOST_SCALING)] as const];
  });
  return { down, scaling: Object.fromEntries(scaling) };
}

const MOST_SCALING = 10;
const figureOf = (rate: number): number => Math.round(rate * 1000) / 1000;

/** Ids come from outside: "constructor" must not find what every object has. */
export function own<T>(of: { readonly [key: string]: T } | undefined, key: string): T | undefined {
  return of && Object.hasOwn(of, key) ? of[key] : undefined;
}
