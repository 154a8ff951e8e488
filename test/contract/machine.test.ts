import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Machine } from "../../shared/core/kernel/step.ts";
import {
  type ValveAction,
  type ValveConfig,
  type ValveInput,
  type ValveReason,
  type ValveState,
  valve,
} from "../shell/simulation/machine.ts";
import { lawsOf, machineLaws } from "./machine.ts";

type Input = ValveInput & { readonly subject: string };
type Valve = Machine<ValveConfig, ValveState, Input, ValveAction, ValveReason>;

const cases = {
  config: fc.record({ cooldownMs: fc.integer({ min: 0, max: 3_600_000 }) }),
  input: fc
    .record(
      {
        subject: fc.constant("orders"),
        wanted: fc.integer({ min: 0, max: 5 }),
        actual: fc.integer({ min: 0, max: 5 }),
      },
      { requiredKeys: ["subject", "wanted"] },
    )
    .map((input) => () => input),
};

machineLaws("the valve of the simulation", valve, cases);

describe("the laws catch what breaks them", () => {
  let calls = 0;
  const planted: readonly (readonly [string, Partial<Valve>, string])[] = [
    [
      "decides by something besides its arguments",
      {
        step: (config, state, input, now) => {
          calls += 1;
          const step = valve.step(config, state, input, now);
          return { ...step, trace: step.trace.map((clause) => ({ ...clause, values: { calls } })) };
        },
      },
      "equal arguments give equal decisions, to the bit",
    ],
    [
      "writes into the state it was given",
      {
        step: (config, state, input, now) => {
          (state as { n: number }).n += 1;
          return valve.step(config, state, input, now);
        },
      },
      "equal arguments give equal decisions, to the bit",
    ],
    [
      "keeps a NaN in its state",
      {
        step: (config, state, input, now) => ({
          ...valve.step(config, state, input, now),
          state: { ...state, asked: Number.NaN },
        }),
      },
      "the state is plain JSON with a version, and reads back as it was written",
    ],
    [
      "copies its state although nothing changed",
      {
        step: (config, state, input, now) => {
          const step = valve.step(config, state, input, now);
          return { ...step, state: { ...step.state } };
        },
      },
      "the very same state object comes back when nothing changed",
    ],
    [
      "does not say why",
      { step: (config, state, input, now) => ({ ...valve.step(config, state, input, now), trace: [] }) },
      "there is always a reason in snake case, and a why in words",
    ],
    [
      "uses one key twice",
      {
        step: (config, state, input, now) => {
          const step = valve.step(config, state, input, now);
          return { ...step, actions: [...step.actions, ...step.actions] };
        },
      },
      "actions are JSON, each with a type and a key of its own",
    ],
    [
      "settles by the clock on the wall",
      {
        settle: (_config, state) => {
          calls += 1;
          return { ...state, doneAt: calls };
        },
      },
      "settling is deterministic and leaves plain JSON, whatever became of the actions",
    ],
    ["is due at no time that exists", { dueAt: () => Number.NaN }, "it names a time to be looked at again, or none"],
    [
      "decides by what does not survive JSON",
      {
        step: (config, state, input, now) => {
          const step = valve.step(config, state, input, now);
          return {
            ...step,
            trace: step.trace.map((clause) => ({ ...clause, text: `Frozen: ${Object.isFrozen(input)}.` })),
          };
        },
      },
      "its record replays from JSON alone",
    ],
  ];
  for (const [what, fault, title] of planted) {
    test(`a machine that ${what}`, () => {
      const law = lawsOf<ValveConfig, ValveState, Input, ValveAction, ValveReason>({ ...valve, ...fault }, cases).find(
        (candidate) => candidate.title === title,
      );
      expect(law?.hold).toThrow();
    });
  }
});
