import { expect, test } from "vitest";
import type { Action, ActionResult, Machine } from "../../shared/core/kernel/step.ts";
import { run } from "../../shared/shell/run.ts";
import { stage } from "./stage.ts";

interface Told {
  readonly v: 1;
  readonly told: readonly string[];
}

const NAMES = ["slow", "quick", "broken"];

/** Tells three, once; what was done is in its state. */
const teller: Machine<null, Told, null, Action, "told" | "done"> = {
  noun: "teller",
  initial: () => ({ v: 1, told: [] }),
  step: (_config, state) =>
    state.told.length > 0
      ? { state, actions: [], reason: "done", trace: [] }
      : { state, actions: NAMES.map((key) => ({ type: "tell", key })), reason: "told", trace: [] },
  settle: (_config, state, results) => ({
    ...state,
    told: results.filter((result) => result.status === "done").map((result) => result.key),
  }),
  dueAt: () => undefined,
};

test("actions done side by side: a slow one holds up no other, and what was done is not done again after a failure", async () => {
  const on = stage();
  const began: string[] = [];
  let release = (): void => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  let broken = true;
  const request = {
    machine: teller,
    tenant: "default",
    subject: "all",
    mode: "act" as const,
    config: null,
    configVersion: "c1",
    trigger: { type: "timer" as const },
    observe: async () => null,
    parallel: true,
    perform: async (action: Action): Promise<ActionResult> => {
      began.push(action.key);
      if (action.key === "slow") await slow;
      // The last one lets the first one end: one after the other, this would never end.
      if (action.key === "broken") release();
      if (action.key === "broken" && broken) throw new Error("no answer");
      return { key: action.key, status: "done", at: on.clock.now, detail: "told" };
    },
  };
  const first = await run(on.runtime, request);
  expect(began).toEqual(["slow", "quick", "broken"]);
  expect(first.results.map((result) => result.key).sort()).toEqual(["quick", "slow"]);

  broken = false;
  began.length = 0;
  on.clock.now += 60_000;
  await run(on.runtime, request);
  expect(began).toEqual(["broken"]);
  const stored = await on.runtime.store.load({ tenant: "default", noun: "teller", subject: "all" });
  expect([...((stored?.state as unknown as Told | undefined)?.told ?? [])].sort()).toEqual(["broken", "quick", "slow"]);
});
