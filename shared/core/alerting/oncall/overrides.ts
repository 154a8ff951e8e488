import type { Action, Clause, Machine } from "../../kernel/step.ts";
import { DAY_MS, type DurationMs, formatDuration, iso, type Millis } from "../../kernel/time.ts";
import type {
  MadeOverride,
  OverridesConfig,
  OverridesInput,
  OverridesReason,
  OverridesState,
  OverridesStep,
} from "./overrides-types.ts";

/** What is over for longer than this makes room for new ones; until then it tells who was on call. */
const KEEP_MS: DurationMs = 400 * DAY_MS;
/** Of one schedule. */
export const MOST_OVERRIDES = 500;
const LONGEST_MS: DurationMs = 366 * DAY_MS;

const held = (state: OverridesState, reason: OverridesReason, text: string): OverridesStep => ({
  state,
  actions: [],
  reason,
  trace: [{ kind: "held", rule: "override", text, values: {} }],
});

type Add = OverridesInput & { readonly kind: "add" };

/** Why an override cannot be made; undefined: it can. */
function refusal(
  { schedule, people }: OverridesConfig,
  state: OverridesState,
  { id, person, from, until }: Add,
  now: Millis,
): readonly [OverridesReason, string] | undefined {
  if (state.overrides.some((one) => one.id === id)) return ["held_made", `override ${id} was made already`];
  if (!people.includes(person))
    return [
      "held_unknown_person",
      `${person} is none of the people of ${schedule}: ${people.join(", ") || "there are none"}`,
    ];
  if (!(until > now && until > from)) return ["held_over", `it would end at ${shown(until)}, before it holds`];
  if (until - Math.max(from, now) > LONGEST_MS)
    return ["held_too_long", `it would hold for more than ${formatDuration(LONGEST_MS)}`];
  return undefined;
}

const shown = (at: Millis): string => (Number.isFinite(at) ? iso(at) : String(at));

function add(config: OverridesConfig, state: OverridesState, input: Add, now: Millis): OverridesStep {
  const refused = refusal(config, state, input, now);
  if (refused) return held(state, ...refused);
  const kept = state.overrides.filter(({ until }) => until > now - KEEP_MS);
  if (kept.length >= MOST_OVERRIDES)
    return held(state, "held_full", `${config.schedule} has ${MOST_OVERRIDES} overrides already`);
  const { id, person, until, why, by } = input;
  const from = Math.max(input.from, now);
  const made: MadeOverride = { id, from, until, person, why, by, madeAt: now };
  const below = kept.filter((one) => one.from < until && from < one.until);
  const trace: readonly Clause[] = [
    {
      kind: "changed",
      rule: "person",
      text: said(`${person} stands in for ${config.schedule} from ${iso(from)} to ${iso(until)}, by ${by}`, why),
      values: { id, person, from, until, by },
    },
    ...(from > input.from
      ? [clause("clamped", "now", "it begins now: who was on call before stays as it was", { asked: input.from, from })]
      : []),
    ...(below.length > 0
      ? [
          clause(
            "chosen",
            "latest",
            `it wins over ${below.map((one) => `${one.id} (${one.person})`).join(", ")}, which were made before`,
            { over: below.map((one) => one.id) },
          ),
        ]
      : []),
  ];
  return { state: { v: 1, overrides: [...kept, made], changedAt: now }, actions: [], reason: "override_added", trace };
}

const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"]): Clause => ({
  kind,
  rule,
  text,
  values,
});

const said = (text: string, why: string): string => (why === "" ? text : `${text}: ${why}`);

function remove(
  { schedule }: OverridesConfig,
  state: OverridesState,
  { id, by, why }: OverridesInput & { readonly kind: "remove" },
  now: Millis,
): OverridesStep {
  const found = state.overrides.find((one) => one.id === id);
  if (!found) return held(state, "held_unknown_override", `${schedule} has no override ${id} that was made by hand`);
  if (found.until <= now) return held(state, "held_over", `override ${id} is over since ${iso(found.until)}`);
  const begun = found.from < now;
  const text = `override ${id} of ${found.person} ${begun ? "ends now" : "is gone"}, by ${by}`;
  const overrides = state.overrides.flatMap((one) => (one.id !== id ? [one] : begun ? [{ ...one, until: now }] : []));
  return {
    state: { v: 1, overrides, changedAt: now },
    actions: [],
    reason: begun ? "override_ended" : "override_removed",
    trace: [clause("changed", "person", said(text, why), { id, by })],
  };
}

/** Overrides of a schedule as the shell sees them: each change is a decision with somebody who made it. */
export const oncallOverrides: Machine<OverridesConfig, OverridesState, OverridesInput, Action, OverridesReason> = {
  noun: "oncall",
  initial: () => ({ v: 1, overrides: [] }),
  step: (config, state, input, now) => {
    if (input.kind === "add") return add(config, state, input, now);
    if (input.kind === "remove") return remove(config, state, input, now);
    return held(state, "held_bad_input", "overrides are added and removed");
  },
  settle: (_config, state) => state,
  dueAt: () => undefined,
};
