import type { Clause } from "../../kernel/step.ts";
import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import type { RunReason } from "./reasons.ts";
import type { BackupRun, RunAction, RunConfig, RunLook, RunMoved, RunPhase } from "./types.ts";

export interface Scene {
  readonly config: RunConfig;
  readonly look: RunLook;
  readonly now: Millis;
}

/** Failures of one step in a row before the run is given up: with the default back-off some two and a half minutes. */
export const MOST_FAILURES = 5;

export const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  kind,
  rule,
  text,
  values,
});

export const hold = (run: BackupRun, reason: RunReason, text: string, values: Clause["values"] = {}): RunMoved => ({
  run,
  actions: [],
  reason,
  trace: [clause("held", run.phase, text, values)],
});

export const moved = (
  run: BackupRun,
  reason: RunReason,
  text: string,
  actions: readonly RunAction[] = [],
  values: Clause["values"] = {},
): RunMoved => ({ run, actions, reason, trace: [clause("chosen", run.phase, text, values)] });

/** Another phase: what was in the way of the last one is over. */
export function enter(run: BackupRun, phase: RunPhase, now: Millis): BackupRun {
  const { againAt: _, trouble: __, asked: ___, ...rest } = run;
  return { ...rest, phase, since: now, failures: 0 };
}

export const backOff = (config: RunConfig, failures: number): DurationMs =>
  config.backOffMs * 2 ** Math.min(Math.max(0, failures - 1), 10);

type Without<A> = A extends RunAction ? Omit<A, "key" | "plan" | "run"> : never;

/** The action with its key; two of one type in one decision have different subjects. */
export const ask = (
  { id }: Pick<BackupRun, "id">,
  { config, now }: Pick<Scene, "config" | "now">,
  action: Without<RunAction>,
  subject = "",
): RunAction => ({ ...action, plan: config.plan, run: id, key: `${id}:${action.type}:${subject}:${now}` }) as RunAction;

/** Type and subject of an action of this run, out of its key. */
export function askedOf(run: BackupRun, key: string): { readonly type: string; readonly subject: string } | undefined {
  if (!key.startsWith(`${run.id}:`)) return undefined;
  const [type = "", subject = ""] = key.slice(run.id.length + 1).split(":");
  return { type, subject };
}

/** The run is over without a point. */
export const giveUp = (run: BackupRun, rule: string, text: string): RunMoved => ({
  run,
  actions: [],
  reason: "given_up",
  trace: [clause("vetoed", rule, text)],
  ended: { outcome: "failed", text },
});

/** Whether the step at hand may be tried now; else what to do instead. */
export function mayTry(run: BackupRun, { now }: Scene, what: string): RunMoved | undefined {
  if (run.failures > MOST_FAILURES)
    return giveUp(run, "refused", `${what} failed: ${run.trouble ?? "nobody said why"}`);
  if (run.failures >= MOST_FAILURES)
    return giveUp(run, "failures", `${what} failed ${run.failures} times: ${run.trouble ?? "nobody said why"}`);
  if (run.againAt !== undefined && now < run.againAt)
    return hold(
      run,
      "held_back_off",
      `${what} failed (${run.trouble ?? "?"}); again in ${formatDuration(run.againAt - now)}`,
    );
  return undefined;
}
