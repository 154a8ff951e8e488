import { describe, expect, test } from "vitest";
import { type PostedSilence, readSilence } from "../../shared/core/alerting/silence-read.ts";
import { readWindows } from "../../shared/core/alerting/silence-windows.ts";
import {
  compileSilences,
  endsWithAlerts,
  expireSilence,
  setSilence,
  silenceDue,
  silencedBy,
  silenceState,
} from "../../shared/core/alerting/silences.ts";
import type { Matcher, Silence } from "../../shared/core/alerting/types.ts";

const is = (name: string, value: string): Matcher => ({ name, op: "=", value });
const posted = (startsAt: number, endsAt: number, more: Partial<PostedSilence> = {}): PostedSilence => ({
  matcherSets: [[is("a", "1")]],
  startsAt,
  endsAt,
  createdBy: "ada",
  comment: "",
  annotations: {},
  ...more,
});
const silence = (startsAt: number, endsAt: number, more: Partial<Silence> = {}): Silence => ({
  ...posted(startsAt, endsAt),
  id: "old",
  updatedAt: 0,
  ...more,
});

test("pending, active and expired meet without a gap", () => {
  const one = silence(10_000, 20_000);
  expect([9_999, 10_000, 19_999, 20_000].map((now) => silenceState(one, now))).toEqual([
    "pending",
    "active",
    "active",
    "expired",
  ]);
});

describe("what a POST does", () => {
  const set = (existing: Silence | undefined, next: PostedSilence, now = 15_000) =>
    setSilence(existing, next, now, "new");

  test("a new one starts now at the earliest", () => {
    expect(set(undefined, posted(1_000, 20_000))).toMatchObject({ ok: true, id: "new", write: [{ startsAt: 15_000 }] });
    expect(set(undefined, posted(16_000, 20_000))).toMatchObject({ write: [{ startsAt: 16_000 }] });
  });

  test.each([
    ["an unknown id", undefined, posted(16_000, 20_000, { id: "nobody" }), 404, "silence not found"],
    [
      "no length",
      undefined,
      posted(16_000, 16_000),
      400,
      "Failed to create silence: start time must be before end time",
    ],
    ["in the past", undefined, posted(1_000, 2_000), 400, "Failed to create silence: end time can't be in the past"],
  ])("%s is refused", (_, existing, next, status, message) =>
    expect(set(existing, next)).toEqual({ ok: false, status, message }),
  );

  const active = silence(10_000, 20_000);
  const pending = silence(16_000, 20_000);
  test.each([
    ["an active one takes another end", active, posted(10_000, 30_000, { id: "old" }), "old"],
    ["its start is compared to the second", active, posted(10_400, 30_000, { id: "old" }), "old"],
    ["an active one takes no other start", active, posted(11_000, 30_000, { id: "old" }), "new"],
    ["nor other matchers", active, posted(10_000, 20_000, { id: "old", matcherSets: [[is("a", "2")]] }), "new"],
    ["a pending one may be moved", pending, posted(17_000, 30_000, { id: "old" }), "old"],
    ["but not into the past", pending, posted(14_000, 30_000, { id: "old" }), "new"],
    ["an expired one is history", silence(1_000, 2_000), posted(16_000, 30_000, { id: "old" }), "new"],
  ])("%s", (_, existing, next, id) => {
    const result = set(existing, next);
    expect(result).toMatchObject({ ok: true, id });
    if (result.ok && id === "new" && silenceState(existing, 15_000) !== "expired")
      expect(result.write.find((one) => one.id === "old")).toMatchObject({ endsAt: 15_000 });
    else expect(result.ok && result.write).toHaveLength(1);
  });

  test("the same matchers in another order are other matchers", () => {
    const two = [is("a", "1"), is("b", "2")];
    const next = posted(10_000, 30_000, { id: "old", matcherSets: [[...two].reverse()] });
    expect(set(silence(10_000, 20_000, { matcherSets: [two] }), next)).toMatchObject({ id: "new" });
  });

  test("expiring ends an active one now, takes back a pending one, and leaves an expired one alone", () => {
    expect(expireSilence(active, 15_000)).toMatchObject({ startsAt: 10_000, endsAt: 15_000 });
    expect(expireSilence(pending, 15_000)).toMatchObject({ startsAt: 15_000, endsAt: 15_000 });
    const over = silence(1_000, 2_000);
    expect(expireSilence(over, 15_000)).toBe(over);
  });
});

test("of several sets of matchers one has to hold as a whole", () => {
  const sets = [[is("a", "1"), is("b", "2")], [is("c", "3")]];
  const compiled = compileSilences([silence(0, 100, { matcherSets: sets })]);
  const holds = (labels: Record<string, string>) => silencedBy(compiled, labels, 50).length > 0;
  expect([{ a: "1", b: "2" }, { a: "1" }, { c: "3" }, {}].map((one) => holds(one as never))).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test("a recurring silence holds in its windows only", () => {
  const read = readWindows([{ times: [{ start_time: "02:00", end_time: "03:00" }] }]);
  if (!read.ok) throw new Error(read.message);
  const compiled = compileSilences([silence(0, 10 * 86_400_000, { recurs: read.windows })]);
  const at = (hour: number) => silencedBy(compiled, { a: "1" }, 5 * 86_400_000 + hour * 3_600_000).length > 0;
  expect([1.9, 2, 2.9, 3].map(at)).toEqual([false, true, true, false]);
});

test("one that lasts until its alerts are resolved ends with the last of them, and not before there was one", () => {
  const one = silence(0, 1_000, { untilResolved: true });
  expect(endsWithAlerts(one, { matched: false, firing: 0 }, 10)).toBe(false);
  expect(endsWithAlerts(one, { matched: true, firing: 1 }, 10)).toBe(false);
  expect(endsWithAlerts(one, { matched: true, firing: 0 }, 10)).toBe(true);
  expect(endsWithAlerts(silence(0, 1_000), { matched: true, firing: 0 }, 10)).toBe(false);
});

test("a notice before the end is due once, and again when the end was put off", () => {
  const remind = { beforeMs: 100, receiver: "chat" };
  const one = silence(0, 1_000, { remind });
  expect(silenceDue(one, 500, {})).toEqual({ remind: false, nextAt: 900 });
  expect(silenceDue(one, 900, {})).toEqual({ remind: true, nextAt: 1_000 });
  expect(silenceDue(one, 950, { remindedAt: 900 })).toEqual({ remind: false, nextAt: 1_000 });
  expect(silenceDue(silence(0, 2_000, { remind }), 1_000, { remindedAt: 900 })).toEqual({
    remind: false,
    nextAt: 1_900,
  });
  expect(silenceDue(one, 1_000, {})).toEqual({ remind: false });
});

describe("what is read", () => {
  const body = {
    matchers: [{ name: "a", value: "1", isRegex: false }],
    startsAt: "2026-01-01T00:00:00Z",
    endsAt: "2026-01-01T01:00:00Z",
    createdBy: "ada",
    comment: "x",
  };
  const message = (value: object) => {
    const read = readSilence({ ...body, ...value }, readWindows);
    return read.ok ? "ok" : read.message;
  };
  test("operators follow from the two flags", () => {
    const matchers = [
      [true, false],
      [false, false],
      [true, true],
      [false, true],
    ].map(([isEqual, isRegex], index) => ({ name: "a", value: `${index}`, isEqual, isRegex }));
    const read = readSilence({ ...body, matchers });
    expect(read.ok && read.silence.matcherSets[0]?.map(({ op }) => op)).toEqual(["=", "!=", "=~", "!~"]);
  });
  test.each([
    [{ matchers: [] }, "invalid silence: matcher set 0 is empty"],
    [
      { matchers: [{ name: "a", value: "", isRegex: false }] },
      "invalid silence: matcher set 0: at least one matcher must not match the empty string",
    ],
    [
      { matchers: [{ name: "a", value: ".*", isRegex: true }] },
      "invalid silence: matcher set 0: at least one matcher must not match the empty string",
    ],
    [{ matchers: [{ name: "a", value: "", isRegex: false, isEqual: false }] }, "ok"],
    [{ recurs: [{ weekdays: ["monday:friday"] }] }, "ok"],
    [{ recurs: [] }, "recurs: at least one interval is required"],
    [{ remind: { before: "1h", receiver: "chat" } }, "ok"],
    [{ remind: { before: "soon", receiver: "chat" } }, "remind.before must be a duration such as 1h"],
  ])("%j: %s", (value, expected) => expect(message(value)).toBe(expected));
});
