import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, type Json, sameJson } from "../../shared/core/kernel/json.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import type { Action, ActionResult, Machine } from "../../shared/core/kernel/step.ts";
import { decision } from "./records.ts";

/** Where a domain's cases come from: any configuration it accepts, any input it may be given. Both plain JSON. */
export interface MachineCases<Config, Input> {
  readonly config: fc.Arbitrary<Config>;
  /** Inputs as functions, because readings depend on the configuration and carry times before `at`. */
  readonly input: fc.Arbitrary<(config: Config, at: number) => Input>;
  /** Longest pause between two steps, ms. Default one hour. */
  readonly maxPauseMs?: number;
  /** Walks per law. Default 100. */
  readonly runs?: number;
}

const START = 1_700_000_000_000;
const STATUSES = ["done", "refused", "superseded", "failed", "skipped"] as const;

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

interface Visit<Config, State, Input, A extends Action, Reason extends string> {
  readonly config: Config;
  readonly before: State;
  readonly input: Input;
  readonly at: number;
  readonly step: ReturnType<Machine<Config, State, Input, A, Reason>["step"]>;
  /** What became of the actions, and the state after it was folded in; absent when the worker died first. */
  readonly settled?: { readonly results: readonly ActionResult[]; readonly state: State; readonly at: number };
}

interface Script<Config, Input> {
  readonly config: Config;
  readonly steps: readonly {
    readonly pauseMs: number;
    readonly input: (config: Config, at: number) => Input;
    readonly statuses: readonly (typeof STATUSES)[number][] | undefined;
    readonly tookMs: number;
  }[];
}

/** One law and how it is tried; `hold` throws with a smallest counterexample where it is broken. */
export interface Law {
  readonly title: string;
  readonly hold: () => void;
}

/**
 * The laws every domain's machine keeps, whatever it decides about. A case is a walk: some steps in a row with pauses, with
 * all kinds of results and lost settles in between.
 */
export function lawsOf<Config, State, Input, A extends Action, Reason extends string>(
  machine: Machine<Config, State, Input, A, Reason>,
  cases: MachineCases<Config, Input>,
): readonly Law[] {
  const maxPauseMs = cases.maxPauseMs ?? 3_600_000;

  const script = fc.record({
    config: cases.config,
    steps: fc.array(
      fc.record({
        pauseMs: fc.integer({ min: 0, max: maxPauseMs }),
        input: cases.input,
        /** One status for each action; none: the worker died before it could settle. */
        statuses: fc.option(fc.array(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 3 }), { nil: undefined }),
        tookMs: fc.integer({ min: 0, max: 60_000 }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  });

  const walk = ({ config: drawn, steps }: Script<Config, Input>): readonly Visit<Config, State, Input, A, Reason>[] => {
    const config = frozen(json(drawn));
    let at = START;
    let state = frozen(machine.initial(config, at));
    return steps.map(({ pauseMs, input: make, statuses, tookMs }) => {
      at += pauseMs;
      const input = frozen(json(make(config, at)));
      // The state is what a store gives back: JSON, frozen, so that a step that writes into it is caught.
      const before = frozen(json(state));
      const step = machine.step(config, before, input, at);
      state = frozen(json(step.state));
      const visit = { config, before, input, at, step };
      if (step.actions.length === 0 || !statuses) return visit;
      const settledAt = at + tookMs;
      const results = step.actions.map(({ key }, index) => ({
        key,
        status: statuses[index % statuses.length] ?? "done",
        at: settledAt,
        detail: "as drawn",
      }));
      state = frozen(json(machine.settle(config, state, results, settledAt)));
      return { ...visit, settled: { results, state, at: settledAt } };
    });
  };

  const law = (title: string, holds: (visit: Visit<Config, State, Input, A, Reason>) => void): Law => ({
    title,
    hold: () =>
      fc.assert(
        fc.property(script, (drawn) => {
          for (const visit of walk(drawn)) holds(visit);
        }),
        { numRuns: cases.runs ?? 100 },
      ),
  });

  return [
    law("equal arguments give equal decisions, to the bit", ({ config, before, input, at, step }) => {
      const again = machine.step(frozen(json(config)), frozen(json(before)), frozen(json(input)), at);
      expect(canonical(json(again) as unknown as Json)).toBe(canonical(json(step) as unknown as Json));
    }),

    law("the state is plain JSON with a version, and reads back as it was written", ({ step }) => {
      expect(step.state).toMatchObject({ v: expect.any(Number) });
      expect(canonical(step.state as unknown as Json)).toBe(canonical(json(step.state) as unknown as Json));
    }),

    law("the very same state object comes back when nothing changed", ({ before, step }) => {
      if (sameJson(before as unknown as Json, step.state as unknown as Json)) expect(step.state).toBe(before);
    }),

    law("there is always a reason in snake case, and a why in words", ({ step }) => {
      expect(step.reason).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
      expect(step.trace.length).toBeGreaterThan(0);
      for (const clause of step.trace) {
        expect(clause.text).toMatch(/^\S.*\S$/);
        expect(clause.rule).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      }
    }),

    law("actions are JSON, each with a type and a key of its own", ({ step }) => {
      expect(new Set(step.actions.map((action) => action.key)).size).toBe(step.actions.length);
      for (const action of step.actions) {
        expect(action.key).not.toBe("");
        expect(action.type).not.toBe("");
        expect(() => canonical(action as unknown as Json)).not.toThrow();
      }
    }),

    law(
      "settling is deterministic and leaves plain JSON, whatever became of the actions",
      ({ config, step, settled }) => {
        if (!settled) return;
        const again = machine.settle(config, frozen(json(step.state)), frozen(json(settled.results)), settled.at);
        expect(canonical(json(again) as unknown as Json)).toBe(canonical(settled.state as unknown as Json));
      },
    ),

    law("it names a time to be looked at again, or none", ({ config, step, at }) => {
      for (const dueAt of [machine.dueAt(config, step.state), machine.dueAt(config, step.state, at)]) {
        if (dueAt !== undefined) expect(Number.isFinite(dueAt)).toBe(true);
      }
    }),

    law("its record replays from JSON alone", ({ config, before, input, at, step }) => {
      const record = json(
        decision({
          at,
          noun: machine.noun,
          config: config as unknown as Json,
          input: input as unknown as Json,
          stateBefore: before as unknown as Json,
          reason: step.reason,
          trace: step.trace,
          actions: step.actions,
          stateAfter: step.state as unknown as Json,
        }),
      ) as DecisionRecord;
      expect(replay(record, machine)).toEqual({ same: true });
    }),
  ];
}

/** Registers the laws as tests: a new domain calls this with its machine and two generators. */
export function machineLaws<Config, State, Input, A extends Action, Reason extends string>(
  name: string,
  machine: Machine<Config, State, Input, A, Reason>,
  cases: MachineCases<Config, Input>,
): void {
  describe(`laws of the machine: ${name}`, () => {
    for (const law of lawsOf(machine, cases)) test(law.title, law.hold);
  });
}
