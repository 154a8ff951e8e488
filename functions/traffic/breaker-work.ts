import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseDuration } from "../../shared/core/kernel/time.ts";
import type { Circuits, StoredCircuit } from "../../shared/core/ports/circuits.ts";
import { admit, hasLapsed, refuses } from "../../shared/core/traffic/breaker/admit.ts";
import { freshItem } from "../../shared/core/traffic/breaker/change.ts";
import { CIRCUIT_SUBJECT } from "../../shared/core/traffic/breaker/machine.ts";
import type { BreakerPolicy } from "../../shared/core/traffic/breaker/policy.ts";
import { step } from "../../shared/core/traffic/breaker/step.ts";
import type { CircuitEvent, Outcome } from "../../shared/core/traffic/breaker/types.ts";
import { whatIf } from "../../shared/core/traffic/breaker/what-if.ts";
import { sharedBreakers } from "../../shared/shell/breakers.ts";
import { checkCircuitName } from "../../shared/shell/breakers-name.ts";
import { transitionId } from "../../shared/shell/breakers-record.ts";
import { withSkew } from "../../shared/shell/breakers-rules.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type * as views from "../api/views-breakers.ts";
import { summaryOf } from "../decisions/summary.ts";
import { circuitJournal } from "./breaker-journal.ts";
import { parsePolicy, policyOfCircuit } from "./breaker-policy.ts";

const MOST_TRIES = 5;
const DEFAULT_HISTORY = 20;

function circuitsOf(runtime: Runtime): Circuits {
  if (runtime.circuits) return runtime.circuits;
  throw new HeadgateError("runtime.unsupported", "this installation keeps no circuits");
}

function viewOf(policy: BreakerPolicy, item: StoredCircuit, now: number): views.CircuitView {
  const { status, epoch, rev, since, openUntil, opens, successes, probes, forced, last } = item.circuit;
  const verdict = admit(policy, item, now);
  const lapsed = hasLapsed(item.circuit, now);
  return {
    circuit: item.key.circuit,
    // A force that is over is taken off by the next call; it has no effect any more.
    status: lapsed ? "closed" : status,
    admits: verdict === "may_probe" ? "probe" : refuses(verdict) ? "no" : "yes",
    epoch,
    rev,
    since,
    ...(openUntil === undefined || lapsed ? {} : { openUntil }),
    opens,
    successes,
    probes: probes.filter(({ until }) => until > now),
    ...(forced === undefined || lapsed ? {} : { forced }),
    ...(last === undefined ? {} : { last }),
    counts: item.counts,
    updatedAt: item.updatedAt,
  };
}

/** @throws HeadgateError those of the store */
export async function circuitsView(
  runtime: Runtime,
  tenant: string,
  asked: {
    readonly prefix?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  },
): Promise<views.CircuitsView> {
  const { policyOf } = await policyOfCircuit(runtime, tenant);
  const now = runtime.now();
  const options = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const page = await circuitsOf(runtime).list(tenant, options);
  return {
    clock: clockOf(runtime),
    items: page.items.map((item) => viewOf(policyOf(item.key.circuit), item, now)),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  };
}

/** @throws HeadgateError `circuit.unknown`, those of the store and the journal */
export async function circuitView(
  runtime: Runtime,
  tenant: string,
  circuit: string,
  limit: number = DEFAULT_HISTORY,
): Promise<views.CircuitDetailView> {
  checkCircuitName(circuit);
  const { policyOf } = await policyOfCircuit(runtime, tenant);
  const policy = policyOf(circuit);
  const item = await circuitsOf(runtime).load({ tenant, circuit });
  if (!item) throw unknown(circuit);
  const subject = `${CIRCUIT_SUBJECT}${circuit}`;
  const { items } = await runtime.journal.list({ tenant, noun: "traffic", subject, limit });
  return { clock: clockOf(runtime), ...viewOf(policy, item, runtime.now()), policy, history: items.map(summaryOf) };
}

const unknown = (circuit: string) =>
  new HeadgateError(
    "circuit.unknown",
    `nothing was counted on circuit ${JSON.stringify(circuit.slice(0, 200))} yet, or it was forgotten: it is closed`,
  );

/** One event by hand, written and recorded. @throws HeadgateError `circuit.conflict`, `circuit.unknown`, those of the store */
async function byHand(
  runtime: Runtime,
  tenant: string,
  circuit: string,
  event: CircuitEvent,
  mustExist: boolean,
): Promise<views.CircuitChangedView> {
  checkCircuitName(circuit);
  const circuits = circuitsOf(runtime);
  const { policyOf, version } = await policyOfCircuit(runtime, tenant);
  const policy = withSkew(policyOf(circuit));
  const key = { tenant, circuit };
  let item = await circuits.load(key);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (!item && mustExist) throw unknown(circuit);
    const at = runtime.now();
    const before = item ?? freshItem(at);
    const draw = runtime.random();
    const done = step(policy, before, event, at, draw);
    const next = done.state.circuit;
    if (next === before.circuit) {
      const same: StoredCircuit = item ?? { key, ...before, updatedAt: at };
      return { clock: clockOf(runtime), ...viewOf(policy, same, at), reason: done.reason };
    }
    const from = { rev: before.circuit.rev, epoch: before.circuit.epoch };
    const result = await circuits.change(key, from, next, { counts: done.state.counts, at });
    if (result.ok) {
      const record = { key, policy, before, input: { ...event, draw }, step: done, at };
      await circuitJournal(runtime).made(record, { configVersion: version, trigger: { type: "api", id: event.by } });
      runtime.traffic?.circuitChanged?.(circuit);
      const decision = transitionId(key, next);
      return {
        clock: clockOf(runtime),
        ...viewOf(policy, { key, ...done.state, updatedAt: at }, at),
        reason: done.reason,
        ...(decision === undefined ? {} : { decision }),
      };
    }
    item = result.item;
  }
  throw new HeadgateError("circuit.conflict", `circuit ${circuit} is being changed by others all the time`, {
    retryable: true,
  });
}

export interface ForceAsked {
  readonly state: "open" | "closed" | "disabled";
  readonly why: string;
  readonly by: string;
  readonly until?: number | undefined;
  readonly for?: string | undefined;
}

/** @throws HeadgateError `input.invalid` for an end that has come already, `circuit.conflict`, those of the store */
export function force(runtime: Runtime, tenant: string, circuit: string, asked: ForceAsked) {
  const { state, why, by } = asked;
  if (asked.until !== undefined && asked.for !== undefined) throw invalid("for", "both until and for", "one of them");
  const until = asked.for === undefined ? asked.until : runtime.now() + (parseDuration(asked.for) ?? 0);
  if (until !== undefined && until <= runtime.now()) throw invalid("until", "has come already", "an instant to come");
  const event = { type: "forced", state, why, by, ...(until === undefined ? {} : { until }) } as const;
  return byHand(runtime, tenant, circuit, event, false);
}

const invalid = (path: string, message: string, allowed: string) =>
  new HeadgateError("input.invalid", `${path}: ${message}`, { faults: [{ path, message, allowed }] });

/** @throws HeadgateError `circuit.unknown`, `circuit.conflict`, those of the store */
export function release(
  runtime: Runtime,
  tenant: string,
  circuit: string,
  asked: { readonly by: string; readonly why?: string | undefined },
) {
  const event = { type: "released", by: asked.by, ...(asked.why === undefined ? {} : { why: asked.why }) } as const;
  return byHand(runtime, tenant, circuit, event, true);
}

/** For a caller that asks over HTTP each time: nothing is kept between requests, so each of them looks. */
async function breakerOf(runtime: Runtime, tenant: string, circuit: string, by: string, given: unknown) {
  const { policyOf, version } = await policyOfCircuit(runtime, tenant);
  const policy = { ...(given === undefined ? policyOf(circuit) : parsePolicy(given)), staleness: 0 };
  const breakers = sharedBreakers({
    circuits: circuitsOf(runtime),
    tenant,
    policyOf: () => policy,
    now: runtime.now,
    wallNow: Date.now,
    random: runtime.random,
    environment: by,
    speed: runtime.speed,
    onTransition: (told) => circuitJournal(runtime).made(told, { configVersion: version }),
    log: (level, message, fields) => runtime.telemetry.log(level, message, fields),
    count: (event) => runtime.telemetry.count("headgate_breaker_events_total", { event }),
  });
  return { breakers, breaker: breakers.get(circuit) };
}

/** @throws HeadgateError `input.invalid` */
export async function admitView(
  runtime: Runtime,
  tenant: string,
  circuit: string,
  asked: { readonly by: string; readonly policy?: unknown },
): Promise<views.AdmissionView> {
  const { breaker } = await breakerOf(runtime, tenant, circuit, asked.by, asked.policy);
  const admission = await breaker.admit();
  return { clock: clockOf(runtime), circuit, ...admission, degraded: breaker.state().degraded };
}

export interface OutcomesAsked {
  readonly by: string;
  readonly policy?: unknown;
  readonly epoch?: number | undefined;
  readonly probe?: string | undefined;
  readonly outcomes: readonly Outcome[];
  readonly ms?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** @throws HeadgateError `input.invalid` */
export async function outcomesView(
  runtime: Runtime,
  tenant: string,
  circuit: string,
  asked: OutcomesAsked,
): Promise<views.OutcomesView> {
  const { breakers, breaker } = await breakerOf(runtime, tenant, circuit, asked.by, asked.policy);
  const { epoch: now } = await breaker.look();
  const probe = asked.probe === undefined ? {} : { probe: asked.probe };
  const admission = { admitted: true, epoch: asked.epoch ?? now, ...probe } as const;
  const notBefore = asked.retryAfterMs === undefined ? undefined : runtime.now() + asked.retryAfterMs;
  for (const outcome of asked.outcomes) await breaker.done(admission, outcome, asked.ms ?? 0, notBefore);
  await breakers.flush();
  const { status, epoch, openUntil, degraded } = breaker.state();
  return {
    clock: clockOf(runtime),
    circuit,
    status,
    epoch,
    ...(openUntil === undefined ? {} : { openUntil }),
    dropped: breakers.stats().dropped,
    degraded,
  };
}

/** @throws HeadgateError `input.invalid` */
export function breakerWhatIfView(asked: {
  readonly policies: readonly unknown[];
  readonly calls: Parameters<typeof whatIf>[1];
  readonly seed: number;
}): views.BreakerWhatIfView {
  return {
    items: asked.policies.map((input) => {
      const policy = parsePolicy(input);
      return { policy, ...whatIf(policy, asked.calls, asked.seed) };
    }),
  };
}
