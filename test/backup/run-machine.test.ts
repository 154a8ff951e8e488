import { describe, expect, test } from "vitest";
import { explain, sentence } from "../../shared/core/backup/explain.ts";
import { hasBit, withBits } from "../../shared/core/backup/run/bits.ts";
import { backupRun } from "../../shared/core/backup/run/machine.ts";
import type { CutNote, RunAction, RunConfig, RunInput, RunState } from "../../shared/core/backup/run/types.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { decision } from "../contract/records.ts";

const CONFIG: RunConfig = {
  ...{ plan: "hourly", every: HOUR_MS, deadlineMs: 6 * HOUR_MS, workers: 4, parts: [], verify: "shallow" },
  ...{ pollMs: 20 * SECOND_MS, silenceMs: 17 * MINUTE_MS, backOffMs: 5 * SECOND_MS },
};
const START = 1_790_000_000_000;
const ID = "bkp_20260921_123320";
const CUT: CutNote = {
  ...{ name: "0123456789abcdef", at: START, kind: "full", units: 3, bytes: 1_000 },
  ...{ topics: 1, partitions: 3, gaps: 0 },
};
const POINT = {
  ...{ id: ID, cutAt: START, kind: "full", at: ["a"], missing: ["b"], records: 1, newRecords: 1, newBytes: 1 },
  ...{ storedBytes: 1, gaps: 0, alarming: [], warnings: 0 },
};
/** What the actions come to when everything goes well. */
const VALUES: Readonly<Record<string, object>> = {
  take_cut: { cut: CUT },
  fold: { draft: "draft" },
  seal: { point: POINT },
};

/** Plays looks against a world in which actions go as told; answers what was done, in order. */
function player(
  config = CONFIG,
  results: (action: RunAction) => object = ({ type }) => ({ status: "done", values: VALUES[type] ?? {} }),
) {
  let state: RunState = backupRun.initial(config, START);
  let now = START;
  const done: string[] = [];
  return {
    state: () => state,
    done,
    now: () => now,
    turn(input: Partial<RunInput> = {}, after = SECOND_MS) {
      now += after;
      const step = backupRun.step(config, state, { kind: "look", id: ID, ...input } as RunInput, now);
      done.push(...step.actions.map(({ type }) => type));
      state = step.state;
      if (step.actions.length > 0)
        state = backupRun.settle(
          config,
          state,
          step.actions.map((action) => ({ key: action.key, at: now, detail: "as told", ...results(action) }) as never),
          now,
        );
      return step;
    },
  };
}
const seen = (unit: number, whole = true, parts = 1) => ({ unit, parts, whole, bytes: 10, records: 1, storedBytes: 5 });

test("a run goes from the cut to a verified point, and what it leaves is pruned", () => {
  const { turn, done, state } = player();
  expect(turn().reason).toBe("started");
  expect(turn().reason).toBe("work_sent");
  turn({ units: [seen(0), seen(2)] });
  expect(state().current?.counts).toMatchObject({ units: 2, records: 2 });
  expect(turn({ units: [seen(1)] }).reason).toBe("sealing");
  turn();
  expect(turn().reason).toBe("verification_asked");
  expect(turn({ verified: { ok: true, text: "every byte is as it was written" } }).reason).toBe("finished");
  expect(done).toEqual(["take_cut", "send_units", "fold", "seal", "verify", "prune", "tell"]);
  expect(state()).toMatchObject({
    point: { id: ID, verified: "ok" },
    ended: [{ outcome: "sealed" }],
    nextAt: START + SECOND_MS + HOUR_MS,
  });
  expect(turn().reason).toBe("held_not_due");
  expect(turn({}, HOUR_MS).reason).toBe("started");
});

test("a unit that came to its deadline, failed or fell silent is handed out again, and given up in the end", () => {
  const sent: number[][] = [];
  const { turn, state } = player(CONFIG, (action) => {
    if (action.type === "send_units") sent.push(action.units.map(({ unit }) => unit));
    return { status: "done", values: VALUES[action.type] ?? {} };
  });
  turn();
  turn();
  turn({ units: [seen(0, false), seen(1)] });
  turn({ units: [seen(0, false)] });
  expect(sent).toEqual([[0, 1, 2], [0]]);
  turn({ failed: [{ unit: 2, why: "no broker answers" }] });
  turn();
  expect(sent).toHaveLength(2);
  turn({}, 10 * SECOND_MS);
  expect(sent.at(-1)).toEqual([2]);
  turn({ units: [seen(0, true, 2)] }, SECOND_MS);
  for (let times = 0; times < 12 && state().current?.phase === "copying"; times += 1) turn({}, 18 * MINUTE_MS);
  expect(state().current).toMatchObject({ lost: [2], phase: "sealing" });
});

test("what fails is tried again with a growing pause, and given up with the reason", () => {
  const { turn, state, now } = player(CONFIG, ({ type }) =>
    type === "take_cut" ? { status: "failed", detail: "no broker answers" } : { status: "done" },
  );
  turn();
  expect(turn().reason).toBe("held_back_off");
  let last = turn({}, 10 * SECOND_MS);
  while (last.reason !== "given_up") last = turn({}, MINUTE_MS);
  expect(state().ended[0]).toMatchObject({ outcome: "failed", text: "the cut failed 5 times: no broker answers" });
  expect(last.actions.map(({ type }) => type)).toEqual(["prune", "tell"]);
  expect(state().nextAt).toBe(now() + 5 * MINUTE_MS);
});

test("what is refused ends the run at once", () => {
  const { turn, state } = player(CONFIG, () => ({ status: "refused", detail: "READ on topic orders is denied" }));
  turn();
  expect(turn().reason).toBe("given_up");
  expect(state().ended[0]?.text).toContain("READ on topic orders is denied");
});

test("savepoints are taken before the cut, which waits for their copies no more, nor for ever", () => {
  const config = { ...CONFIG, parts: ["flink" as const] };
  let ready = false;
  const { turn, state, done } = player(config, ({ type }) =>
    type === "make_part"
      ? { status: "done", values: { status: "waiting", name: "abc", againMs: SECOND_MS, ...(ready ? { ready } : {}) } }
      : { status: "done", values: VALUES[type] ?? {} },
  );
  turn();
  turn();
  expect(done).toEqual(["make_part", "make_part"]);
  expect(turn({}, 10).reason).toBe("held_waiting");
  ready = true;
  turn();
  expect(done).not.toContain("take_cut");
  turn();
  expect(done.slice(3)).toEqual(["take_cut"]);
  turn();
  expect(state().current?.phase).toBe("copying");
  const slow = player(config, () => ({ status: "done", values: { status: "waiting", name: "abc", againMs: HOUR_MS } }));
  slow.turn();
  slow.turn({}, 2 * HOUR_MS);
  expect(slow.done).toContain("take_cut");
});

test("a part that cannot be made, or not in time, does not sink the run", () => {
  const { turn, state, done } = player({ ...CONFIG, parts: ["flink", "metrics"] }, ({ type, ...rest }) => {
    if (type !== "make_part") return { status: "done", values: VALUES[type] ?? {} };
    return "kind" in rest && rest.kind === "flink"
      ? { status: "done", values: { status: "waiting", name: "abc", againMs: MINUTE_MS, ready: true } }
      : { status: "done", detail: "prometheus does not answer", values: { status: "failed" } };
  });
  turn();
  turn();
  turn({ units: [seen(0), seen(1), seen(2)] });
  expect(state().current).toMatchObject({
    phase: "collecting",
    parts: { metrics: { status: "failed", why: "prometheus does not answer" } },
  });
  turn({}, 5 * HOUR_MS);
  expect(state().current?.parts.flink).toMatchObject({ status: "failed" });
  expect(done).toContain("fold");
});

test("a run that takes longer than its deadline is given up; a plan without a new point is told of once in an interval", () => {
  const { turn, state } = player();
  turn();
  turn();
  const told = (after: number) => turn({}, after).actions.flatMap((one) => (one.type === "tell" ? one.raise : []));
  expect(told(3 * HOUR_MS).map(({ event }) => event)).toEqual(["missed"]);
  expect(told(MINUTE_MS)).toEqual([]);
  expect(told(4 * HOUR_MS).map(({ event }) => event)).toEqual(["failed", "missed"]);
  expect(state().ended[0]).toMatchObject({ outcome: "failed", text: "it took longer than 6 h" });
});

describe("somebody's word", () => {
  test("begins a run, but no second one; ends it, but not once it is being sealed", () => {
    const { turn, state } = player();
    const start = { kind: "start", by: "ops", why: "before the upgrade" } as const;
    expect(turn(start).reason).toBe("started");
    expect(turn(start).reason).toBe("refused_under_way");
    expect(turn({ kind: "stop", id: "bkp_20200101_000000", by: "ops", why: "" }).reason).toBe("refused_other_run");
    expect(turn({ kind: "stop", by: "ops", why: "" }).actions).toMatchObject([{ type: "prune", sealed: false }]);
    expect(turn({ kind: "stop", by: "ops", why: "" }).reason).toBe("refused_nothing_under_way");
    expect(state().ended[0]).toMatchObject({ outcome: "stopped", text: "stopped by ops" });
  });
});

test("a run of 10,000 units with everything handed out stays far below what a store takes", () => {
  const big: CutNote = { ...CUT, units: 10_000 };
  const { turn, state } = player({ ...CONFIG, workers: 1000 }, ({ type }) => ({
    status: "done",
    values: { ...VALUES[type], ...(type === "take_cut" ? { cut: big } : {}) },
  }));
  turn();
  let most = 0;
  for (let unit = 0; unit < 10_000; unit += 500) {
    const { actions } = turn({ units: Array.from({ length: 500 }, (_, at) => seen(unit + at)) });
    most = Math.max(most, JSON.stringify(state()).length + JSON.stringify(actions).length);
  }
  expect(state().current?.counts.units).toBe(10_000);
  expect(most).toBeLessThan(60_000);
});

test("a set of units keeps what was put into it", () => {
  const bits = withBits(withBits("", [0, 7, 9_999]), [3]);
  expect([0, 3, 7, 9_999].every((number) => hasBit(bits, number))).toBe(true);
  expect([1, 2, 8, 9_998, 20_000].some((number) => hasBit(bits, number))).toBe(false);
  expect(withBits(bits, [7])).toBe(bits);
});

test("a record is told in a sentence that begins with the plan and says why", () => {
  const { turn, state } = player(CONFIG, () => ({ status: "refused", detail: "READ on topic orders is denied" }));
  turn();
  const before = state();
  const step = turn();
  const record = decision({
    at: START,
    ...{ noun: "backup", subject: "run:hourly", reason: step.reason, trace: step.trace, actions: step.actions },
    ...{ stateBefore: before as unknown as Json, stateAfter: step.state as unknown as Json },
  });
  expect(sentence(record)).toBe("hourly: given up: the cut failed: READ on topic orders is denied");
  expect(explain(record)).toContain("did: tell failed");
});
