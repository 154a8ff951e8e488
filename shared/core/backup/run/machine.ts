import type { Machine } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type { RunReason } from "./reasons.ts";
import { settle } from "./settle.ts";
import { missedFrom, step } from "./step.ts";
import type { BackupRun, RunAction, RunConfig, RunInput, RunState } from "./types.ts";

function nextOf(config: RunConfig, run: BackupRun, from: Millis): Millis {
  const soon = from + config.pollMs;
  const times = [
    soon,
    run.againAt ?? soon,
    ...run.flying.map(({ again }) => again ?? soon),
    ...config.parts.map((kind) => run.parts[kind]).flatMap((note) => (note?.status === "waiting" ? [note.at] : [])),
  ];
  return Math.min(Math.max(from, Math.min(...times)), run.deadline);
}

/** Runs of one backup plan, as the shell sees them. */
export const backupRun: Machine<RunConfig, RunState, RunInput, RunAction, RunReason> = {
  noun: "backup",
  initial: () => ({ v: 1, ended: [], failures: 0, avoid: [] }),
  step,
  settle,
  dueAt(config, state, now) {
    if (state.current) return nextOf(config, state.current, now ?? state.current.since);
    if (config.every === undefined) return undefined;
    const next = state.nextAt ?? state.watchedFrom ?? now ?? 0;
    return Math.min(next, missedFrom(config, state) ?? next);
  },
};
