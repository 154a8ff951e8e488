import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import { differences, normalized, replay } from "../../shared/core/kernel/replay.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import { decision } from "../contract/records.ts";
import { valve } from "../shell/simulation/machine.ts";

const AT = 1_700_000_000_000;

function recorded() {
  const config = { cooldownMs: 1_000 };
  const input = { subject: "orders", wanted: 4, actual: 2 };
  const before = { v: 1 as const, n: 0, seq: 0 };
  const step = valve.step(config, before, input, AT);
  return decision({
    at: AT,
    noun: "valve",
    config,
    input,
    stateBefore: before as unknown as Json,
    reason: step.reason,
    trace: step.trace,
    actions: step.actions,
    stateAfter: step.state as unknown as Json,
  });
}

describe("replay", () => {
  test("of an honest record is the same, also after a way through JSON with other member order", () => {
    expect(replay(recorded(), valve)).toEqual({ same: true });
    const shuffled = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shuffled)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, member]) => [key, shuffled(member)]),
            )
          : value;
    expect(replay(shuffled(JSON.parse(JSON.stringify(recorded()))) as ReturnType<typeof recorded>, valve)).toEqual({
      same: true,
    });
  });

  const changes: readonly (readonly [string, (record: ReturnType<typeof recorded>) => object, readonly string[]])[] = [
    ["reason", () => ({ reason: "within_target" }), ["reason"]],
    ["next state", (record) => ({ stateAfter: { ...(record.stateAfter as object), seq: 7 } }), ["stateAfter.seq"]],
    ["action", (record) => ({ actions: [{ ...record.actions[0], desired: 5 }] }), ["actions[0].desired"]],
    ["number of actions", () => ({ actions: [] }), ["actions[0]"]],
    ["sentence of the why", (record) => ({ trace: [{ ...record.trace[0], text: "Otherwise." }] }), ["trace[0].text"]],
    [
      "input",
      () => ({ input: { subject: "orders", wanted: 3, actual: 2 } }),
      ["actions[0].desired", "stateAfter.asked", "trace[0].values.wanted"],
    ],
    [
      "an added member",
      (record) => ({ stateAfter: { ...(record.stateAfter as object), extra: null } }),
      ["stateAfter.extra"],
    ],
  ];
  for (const [what, change, paths] of changes) {
    test(`names the path where the ${what} was changed`, () => {
      const record = recorded();
      const result = replay({ ...record, ...change(record) }, valve);
      expect(result.same).toBe(false);
      expect(result.same ? [] : result.differences.map((difference) => difference.path)).toEqual(paths);
    });
  }

  test("shows both values", () => {
    const result = replay({ ...recorded(), reason: "within_target" }, valve);
    expect(result).toEqual({
      same: false,
      differences: [{ path: "reason", recorded: "within_target", recomputed: "set" }],
    });
  });

  test("a step that throws on a damaged record is a difference, not a crash", () => {
    const result = replay({ ...recorded(), input: null }, valve);
    expect(result).toMatchObject({ same: false });
    expect(
      result.same ? [] : result.differences.find((difference) => difference.path === "reason")?.recomputed,
    ).toMatch(/^threw: /);
  });

  test("goes by the noun of the record; an unknown one is skipped", async () => {
    expect(await replayWith({ valve: async () => valve }, recorded())).toEqual({ same: true });
    expect(await replayWith({ valve: async () => valve }, { ...recorded(), noun: "toString" })).toBeUndefined();
  });

  test("normalized values have sorted members, no undefined and no negative zero; NaN is refused", () => {
    expect(JSON.stringify(normalized({ b: 1, a: undefined, c: [-0] }))).toBe('{"b":1,"c":[0]}');
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 0, [undefined]]) {
      expect(() => normalized({ a: bad })).toThrow(RangeError);
    }
  });

  test("normalized is what canonical JSON text reads as, for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonical(value as Json);
        const copy = normalized(value as Json);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(JSON.parse(text)));
        expect(canonical(copy)).toBe(text);
      }),
    );
    expect(Object.keys(normalized(JSON.parse('{"b":1,"__proto__":{"c":2}}')))).toEqual(["__proto__", "b"]);
  });

  test("differences name the smallest paths", () => {
    expect(differences("x", { a: [1, { b: 2 }], c: 3 }, { a: [1, { b: 4 }], c: 3, d: null })).toEqual([
      { path: "x.a[1].b", recorded: 2, recomputed: 4 },
      { path: "x.d", recorded: undefined, recomputed: null },
    ]);
  });
});
