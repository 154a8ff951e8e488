import type { Clause, Step } from "../../kernel/step.ts";
import { formatDuration, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { type Parts, partsOf, said, sameShares, sharesText } from "./shares.ts";
import type { Observed, SetWeightsAction, WeightsConfig, WeightsInput, WeightsReason, WeightsState } from "./types.ts";

/** What a load balancer refused is tried again after this, as somebody may have mended it. */
export const REFUSED_FOR_MS = 15 * MINUTE_MS;

type Result = Step<WeightsState, SetWeightsAction, WeightsReason>;

/**
 * Brings what is served to what is wanted: absolutely, based on what was read, and never against another hand. What another hand has set stays
 * until something else is wanted than was at that time, or somebody takes over.
 */
export function step(config: WeightsConfig, before: WeightsState, input: WeightsInput, now: Millis): Result {
  const { state, said } = asked(before, input, now);
  const wanted = state.asked?.shares ?? config.versions;
  const trace: Clause[] = [...said];
  const end = (reason: WeightsReason, next: WeightsState, clause: Clause): Result => ({
    state: next,
    actions: [],
    reason,
    trace: [...trace, clause],
  });
  const hold = (reason: WeightsReason, rule: string, text: string, next = state): Result =>
    end(reason, next, { kind: "held", rule, text, values: {} });

  if (!wanted) return hold("held_nothing_wanted", "wanted", "no shares are wanted, so what is served stays as it is");
  const lost = Object.keys(wanted).filter((name) => (wanted[name] ?? 0) > 0 && !config.targets.includes(name));
  if (lost.length > 0)
    return hold(
      "held_no_group",
      "target-group",
      `no target group is known for ${lost.join(", ")}, so nothing is changed`,
    );
  const parts = partsOf(wanted, config.targets);
  if (!parts) return hold("held_no_share", "wanted", "no version would get anything, which no load balancer takes");
  trace.push(clauseOf("input", "wanted", `wanted is ${sharesText(parts)}`, { wanted: parts }));

  const { observed } = input;
  if (!observed)
    return hold(
      "held_unreadable",
      "observed",
      `what is served could not be read${input.failure ? `: ${input.failure}` : ""}`,
    );
  trace.push(...served(observed));

  if (sameShares(observed.weights, parts)) return inForce(state, observed, parts, now, end);
  return (
    foreign(state, observed, parts, input, now, hold) ??
    refused(state, parts, now, hold) ??
    set(state, observed, parts, now, trace)
  );
}

type Hold = (reason: WeightsReason, rule: string, text: string, next?: WeightsState) => Result;
type End = (reason: WeightsReason, next: WeightsState, clause: Clause) => Result;

const clauseOf = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  kind,
  rule,
  text,
  values,
});

/** What somebody asks for, kept above the configuration. */
function asked(before: WeightsState, input: WeightsInput, now: Millis): { state: WeightsState; said: Clause[] } {
  if (input.kind === "weights_look") return { state: before, said: [] };
  const { by, why } = input;
  if (input.kind === "weights_release") {
    const { asked: gone, ...rest } = before;
    const text = gone
      ? `${by} gave them back to the configuration${said(why)}`
      : `${by} released what nobody had asked for${said(why)}`;
    return { state: gone ? rest : before, said: [clauseOf("changed", "asked", text)] };
  }
  const { other, refused: _, ...kept } = before;
  const state = {
    ...kept,
    ...(other && !input.takeOver ? { other } : {}),
    asked: { shares: input.shares, by, why, at: now },
  };
  return { state, said: [clauseOf("changed", "asked", `${by} asked for ${sharesText(input.shares)}${said(why)}`)] };
}

function served({ weights, others, stickySeconds }: Observed): Clause[] {
  const values = { weights, others, stickySeconds };
  const clauses = [clauseOf("input", "observed", `served is ${sharesText(weights)}`, values)];
  if (others > 0)
    clauses.push(clauseOf("input", "others", "target groups that nobody named to us get a part as well; they keep it"));
  if (stickySeconds !== undefined)
    clauses.push(
      clauseOf(
        "input",
        "sticky",
        `callers stay where they are for ${formatDuration(stickySeconds * 1000)}, so shares move with new ones only`,
      ),
    );
  return clauses;
}

function inForce(state: WeightsState, observed: Observed, parts: Parts, now: Millis, end: End): Result {
  const { other, refused: wasRefused, setting, ...rest } = state;
  if (state.set && sameShares(state.set.parts, parts) && !other && !wasRefused && !setting)
    return end("weights_in_force", state, clauseOf("chosen", "in-force", `served is as wanted: ${sharesText(parts)}`));
  const next = { ...rest, set: { parts: observed.weights, at: now } };
  return end("weights_verified", next, clauseOf("chosen", "verified", `read back as wanted: ${sharesText(parts)}`));
}

/** Another hand: what is served is neither what is wanted nor what we had set. */
function foreign(
  state: WeightsState,
  { weights }: Observed,
  parts: Parts,
  input: WeightsInput,
  now: Millis,
  hold: Hold,
): Result | undefined {
  if (input.kind === "weights_want" && input.takeOver) return undefined;
  const { other } = state;
  if (other && !sameShares(other.wanted, parts)) return undefined;
  if (!other && (!state.set || sameShares(weights, state.set.parts))) return undefined;
  const same = other !== undefined && sameShares(other.parts, weights);
  const next = same ? state : { ...state, other: { parts: weights, wanted: parts, at: now } };
  const text = `another hand has set ${sharesText(weights)}; it stays so until something else is wanted than ${sharesText(parts)}, or somebody takes over`;
  return hold("held_other_hand", "other-hand", text, next);
}

function refused(state: WeightsState, parts: Parts, now: Millis, hold: Hold): Result | undefined {
  const { refused: last } = state;
  if (!last || !sameShares(last.wanted, parts) || now - last.at >= REFUSED_FOR_MS) return undefined;
  return hold("held_refused", "refused", `the load balancer refused it: ${last.why}`);
}

function set(state: WeightsState, { weights }: Observed, parts: Parts, now: Millis, trace: readonly Clause[]): Result {
  const { other: _, refused: __, ...rest } = state;
  const action: SetWeightsAction = {
    type: "set_weights",
    key: `set_weights:${now}`,
    weights: parts,
    expected: weights,
  };
  const text = `from ${sharesText(weights)} to ${sharesText(parts)}`;
  return {
    state: { ...rest, setting: { parts, at: now } },
    actions: [action],
    reason: "weights_set",
    trace: [...trace, clauseOf("chosen", "set", text, { from: weights, to: parts })],
  };
}
