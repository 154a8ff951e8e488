import type { Machine } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { lookAtRollout, pauseRollout, startRollout } from "./gated.ts";
import type { SharesSpec } from "./section.ts";
import {
  because,
  clause,
  type FlagConfig,
  type FlagDecision,
  type FlagInput,
  type FlagState,
  type FlagStep,
  held,
  REPORTS_LATE_MS,
  type ServeFlagAction,
  serving,
  sharesInForce,
} from "./state.ts";
import { followTies } from "./ties.ts";
import { sharesAt } from "./variants.ts";

export type FlagMachine = Machine<FlagConfig, FlagState, FlagInput, ServeFlagAction, FlagDecision>;

/** What is decided about one flag above its configuration: kill switch, shares set by hand, gated roll-outs. */
export const flagMachine: FlagMachine = {
  noun: "delivery",
  initial: () => ({ v: 1 }),
  step: (config, state, input, now) => {
    switch (input.kind) {
      case "flag_kill":
        return kill(config, state, input, now);
      case "flag_restore":
        return restore(config, state, input, now);
      case "flag_set":
        return set(config, state, input.shares, input, now);
      case "flag_percent":
        return config.to === undefined
          ? held(state, "held_no_variant", "it has more than one variant besides its default: give shares")
          : set(config, state, sharesAt(config.to, config.rest, input.percent), input, now);
      case "flag_release":
        return release(config, state, input, now);
      case "flag_start":
        return startRollout(config, state, input, now);
      case "flag_pause":
      case "flag_resume":
        return pauseRollout(state, input, now);
      case "flag_ties":
        return followTies(config, state, input, now);
      case "flag_look":
        return lookAtRollout(config, state, input, now);
    }
  },
  settle: (_config, state) => state,
  dueAt: (config, { tied, rollout }) => {
    const ends = [
      ...(tied?.overSince === undefined ? [] : [tied.overSince + config.holdMs]),
      ...(rollout?.status === "running" && config.rollout ? [lookAt(config.rollout.everyMs, rollout.judgedUntil)] : []),
    ];
    return ends.length === 0 ? undefined : Math.min(...ends);
  },
};

/** When the next interval is complete, and reports about it have come. */
const lookAt = (everyMs: number, judgedUntil: Millis): Millis =>
  judgedUntil + everyMs + Math.min(everyMs, REPORTS_LATE_MS);

interface Said {
  readonly by: string;
  readonly why: string;
}

function kill(config: FlagConfig, state: FlagState, { by, why }: Said, now: Millis): FlagStep {
  if (state.killed)
    return held(state, "held_killed", `${state.killed.by} has switched it off already${because(state.killed.why)}`);
  const text = `${by} switched it off${because(why)}; it serves ${config.off}`;
  const next = { ...state, killed: { by, why, at: now } };
  return serving(config, next, "killed", [clause("changed", "asked", text)], now);
}

/** What a person switches on is on, also above the ties, until what they are about is over. */
function restore(config: FlagConfig, state: FlagState, { by, why }: Said, now: Millis): FlagStep {
  const { killed, tied, ignored } = state;
  if (!killed && (!tied || ignored)) return held(state, "held_not_killed", "it is not switched off");
  const { killed: _, ...rest } = state;
  const next: FlagState = tied ? { ...rest, ignored: { by, why, at: now } } : rest;
  const text = `${by} switched it on${because(why)}`;
  const above = tied ? [clause("clamped", "kill-switch", `although ${tied.causes.join("; ")}`)] : [];
  return serving(config, next, tied ? "tie_ignored" : "restored", [clause("changed", "asked", text), ...above], now);
}

const sharesText = (shares: SharesSpec): string =>
  Object.entries(shares)
    .filter(([, share]) => share > 0)
    .map(([name, share]) => `${name} ${share} %`)
    .join(", ");

const same = (a: SharesSpec, b: SharesSpec): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => (a[name] ?? 0) === (b[name] ?? 0));

function set(config: FlagConfig, state: FlagState, shares: SharesSpec, { by, why }: Said, now: Millis): FlagStep {
  const before = sharesInForce(config, state);
  const running = state.rollout?.status === "running" || state.rollout?.status === "paused";
  if (!running && before && same(before, shares))
    return held(state, "held_in_force", `${sharesText(shares)} is in force already`);
  const unknown = Object.keys(shares).filter((name) => !config.variants.includes(name));
  if (unknown.length > 0)
    return held(state, "held_no_variant", `it has no variant ${unknown.join(", ")}: ${config.variants.join(", ")}`);
  const { rollout: _, ...rest } = state;
  const text = `${by} asked for ${sharesText(shares)}${because(why)}`;
  const trace = [
    clause("changed", "asked", text, { shares, ...(before ? { from: before } : {}) }),
    ...(running ? [clause("clamped", "rollout", `its gated roll-out ends at ${state.rollout?.percent} %`)] : []),
  ];
  return serving(config, { ...rest, set: { shares, by, why, at: now } }, "shares_set", trace, now);
}

function release(config: FlagConfig, state: FlagState, { by, why }: Said, now: Millis): FlagStep {
  if (!state.set && !state.rollout) return held(state, "held_in_force", "its shares are the configuration's");
  const { set: _, rollout: __, ...rest } = state;
  const text = `${by} gave its shares back to the configuration${because(why)}`;
  return serving(config, rest, "shares_released", [clause("changed", "asked", text)], now);
}
