import { formatDuration, type Millis } from "../../kernel/time.ts";
import { clause, type FlagConfig, type FlagInput, type FlagState, type FlagStep, held, serving } from "./state.ts";

type Ties = Extract<FlagInput, { kind: "flag_ties" }>;

/**
 * Follows what a flag is tied to: killed with the first cause, back when all have been over for the hold time. What cannot be read keeps a
 * flag as it is: silence is neither trouble nor its end.
 */
export function followTies(config: FlagConfig, state: FlagState, { causes, unknown }: Ties, now: Millis): FlagStep {
  if (causes.length > 0) return troubled(config, state, causes, now);
  if (!state.tied) {
    const reason = unknown.length > 0 ? "held_unreadable" : "held_ties";
    return held(state, reason, unknown.length > 0 ? unknown.join("; ") : "nothing it is tied to is in trouble");
  }
  if (unknown.length > 0)
    return held(state, "held_unreadable", `it stays as it is: ${unknown.join("; ")}`, { unknown: unknown.length });
  return calm(config, state, state.tied, now);
}

function troubled(config: FlagConfig, state: FlagState, causes: readonly string[], now: Millis): FlagStep {
  const text = causes.join("; ");
  const { tied } = state;
  if (!tied)
    return serving(
      config,
      { ...state, tied: { causes, since: now } },
      "tie_killed",
      [clause("chosen", "kill-switch", text, { causes: causes.length })],
      now,
    );
  const { overSince, ...on } = tied;
  const same = overSince === undefined && tied.causes.join("\n") === causes.join("\n");
  return held(same ? state : { ...state, tied: { ...on, causes } }, "held_ties", text, { causes: causes.length });
}

function calm(config: FlagConfig, state: FlagState, tied: NonNullable<FlagState["tied"]>, now: Millis): FlagStep {
  const { holdMs } = config;
  const overSince = tied.overSince ?? now;
  const left = overSince + holdMs - now;
  if (left > 0) {
    const text = `all it is tied to is well again; it stays off for ${formatDuration(left)} more`;
    if (tied.overSince !== undefined) return held(state, "held_ties", text);
    return held({ ...state, tied: { ...tied, overSince } }, "tie_over", text, { holdMs });
  }
  const { tied: _, ignored: __, ...rest } = state;
  const text = `all it is tied to has been well for ${formatDuration(now - overSince)}`;
  return serving(config, rest, "tie_restored", [clause("chosen", "kill-switch", text, { holdMs })], now);
}
