import { type CompiledFlag, compileFlag } from "../../shared/core/delivery/flags/compile.ts";
import { evaluateAs } from "../../shared/core/delivery/flags/evaluate.ts";
import { explainEvaluation } from "../../shared/core/delivery/flags/explain-evaluation.ts";
import { compileSnapshot } from "../../shared/core/delivery/flags/snapshot.ts";
import { flagSubject } from "../../shared/core/delivery/flags/state.ts";
import type { FlagContext, FlagType, FlagValue } from "../../shared/core/delivery/flags/types.ts";
import { flagType } from "../../shared/core/delivery/flags/variants.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type {
  FlagEvaluationView,
  FlagRolloutView,
  FlagStatus,
  FlagSummary,
  FlagsSnapshotView,
  FlagsView,
  FlagView,
} from "../api/views-flags.ts";
import { summaryOf } from "../decisions/summary.ts";
import { FLAG_NOUN, type KnownFlag, knownFlag, knownFlags, snapshotOfFlag, snapshotOfFlags } from "./flags-known.ts";
import { readyFlags } from "./flags-snapshot.ts";

const DECISIONS_SHOWN = 20;
/** Real ms between two reports: each is a write per flag. A roll-out that is judged by them wants them sooner, and so does a fast clock. */
const REPORT_MS = 60_000;
const JUDGED_REPORT_MS = 10_000;
const LEAST_REPORT_MS = 1_000;

function statusOf({ spec, state }: KnownFlag, now: number): FlagStatus {
  if (state.killed) return "killed";
  if (state.tied && !state.ignored) return "tied";
  if (!spec.enabled) return "disabled";
  if (spec.from !== undefined && now < spec.from) return "waiting";
  return spec.until !== undefined && now >= spec.until ? "over" : "on";
}

/** What those get whom no rule has spoken for. */
function sharesOf(flag: CompiledFlag, now: number): Readonly<Record<string, number>> {
  const fixed = flag.fixed ?? (now < flag.from || now >= flag.until ? flag.outside : undefined);
  const served = fixed ?? flag.phases.findLast(({ from }) => from <= now)?.served;
  if (!served) return {};
  if ("reason" in served) return served.variant === undefined ? {} : { [served.variant]: 100 };
  const shares: Record<string, number> = {};
  served.results.forEach(({ variant = "" }, index) => {
    const from = index === 0 ? 0 : (served.ends[index - 1] as number);
    shares[variant] = (shares[variant] ?? 0) + ((served.ends[index] as number) - from) / 1_000;
  });
  return shares;
}

function rolloutOf({ state, config }: KnownFlag): FlagRolloutView | undefined {
  if (!state.rollout) return undefined;
  const { gate: _, ...rest } = state.rollout;
  return { ...rest, steps: config.rollout?.steps ?? [] };
}

export function flagSummary(known: KnownFlag, now: number): FlagSummary {
  const { name, spec, config, state } = known;
  const { live } = snapshotOfFlag(known);
  const rollout = rolloutOf(known);
  const why = state.killed ? `${state.killed.by}: ${state.killed.why}` : live?.killed?.why;
  return {
    name,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    type: flagType(spec),
    status: statusOf(known, now),
    ...(why === undefined ? {} : { why }),
    shares: sharesOf(compileFlag(name, spec, live), now),
    rules: spec.rules.length,
    gated: config.rollout !== undefined,
    tied: spec.killWhen !== undefined,
    ...(rollout ? { rollout } : {}),
  };
}

/** @throws HeadgateError of the store */
export async function flagsView(runtime: Runtime, tenant: string): Promise<FlagsView> {
  const flags = await knownFlags(runtime, tenant);
  const { version } = snapshotOfFlags(flags);
  const now = runtime.now();
  return { clock: clockOf(runtime), version, items: flags.map((flag) => flagSummary(flag, now)) };
}

/** @throws HeadgateError `flag.unknown`; those of store and journal */
export async function flagView(runtime: Runtime, tenant: string, name: string): Promise<FlagView> {
  const known = await knownFlag(runtime, tenant, name);
  const subject = flagSubject(name);
  const { items } = await runtime.journal.list({ tenant, noun: FLAG_NOUN, subject, limit: DECISIONS_SHOWN });
  const { spec, config, state, version } = known;
  const { killed, tied, ignored, set } = state;
  return {
    clock: clockOf(runtime),
    ...flagSummary(known, runtime.now()),
    variants: spec.variants as Readonly<Record<string, FlagValue>>,
    default: config.rest,
    off: config.off,
    configVersion: version,
    config: spec,
    ...(killed ? { killed } : {}),
    ...(tied ? { causes: tied.causes } : {}),
    ...(ignored ? { ignored } : {}),
    ...(set ? { set } : {}),
    decisions: items.map(summaryOf),
  };
}

/** @throws HeadgateError of the store */
export async function snapshotView(runtime: Runtime, tenant: string): Promise<FlagsSnapshotView> {
  const { snapshot, judging } = await readyFlags(runtime, tenant);
  const reportMs = Math.max(LEAST_REPORT_MS, (judging ? JUDGED_REPORT_MS : REPORT_MS) / runtime.speed);
  return { ...snapshot, reportMs, clock: clockOf(runtime) };
}

/** @throws HeadgateError `flag.unknown`; those of the store */
export async function evaluationView(
  runtime: Runtime,
  tenant: string,
  name: string,
  asked: { readonly context: FlagContext; readonly type?: FlagType | undefined; readonly at?: number | undefined },
): Promise<FlagEvaluationView> {
  await knownFlag(runtime, tenant, name);
  const snapshot = snapshotOfFlags(await knownFlags(runtime, tenant));
  const find = compileSnapshot(snapshot);
  const now = asked.at ?? runtime.now();
  const one = snapshot.flags[name] as NonNullable<(typeof snapshot.flags)[string]>;
  const why = explainEvaluation(name, one, asked.context, now, find);
  const type = asked.type ?? flagType(one.spec);
  const evaluation = evaluateAs(find, name, type, asked.context, now);
  const { rules, bucket, steps } = why;
  return {
    clock: clockOf(runtime),
    flag: name,
    version: snapshot.version,
    ...evaluation,
    ...(bucket === undefined ? {} : { bucket }),
    rules,
    steps: evaluation.errorCode === "TYPE_MISMATCH" ? [evaluation.errorMessage ?? "", ...steps] : steps,
  };
}
