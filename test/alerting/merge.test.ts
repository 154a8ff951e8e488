import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  foldRows,
  mergeRow,
  newRow,
  type PostedAlert,
  validatePosted,
  withoutCleared,
} from "../../shared/core/alerting/merge.ts";
import type { AlertRow } from "../../shared/core/alerting/types.ts";

const LABELS = { alertname: "Down" };
const row = (startsAt: number, endsAt: number, updatedAt: number, more: Partial<AlertRow> = {}): AlertRow => ({
  ...newRow({ labels: LABELS, annotations: {} }, updatedAt, 300),
  startsAt,
  endsAt,
  timeout: false,
  ...more,
});
const span = (merged: AlertRow): readonly number[] => [merged.startsAt, merged.endsAt];

describe("what a posted alert is kept as", () => {
  const kept = (posted: Omit<PostedAlert, "labels" | "annotations">) => {
    const { startsAt, endsAt, timeout } = newRow({ labels: LABELS, annotations: {}, ...posted }, 1_000, 300);
    return { startsAt, endsAt, timeout };
  };
  test.each([
    ["without times it starts now and ends by timeout", {}, { startsAt: 1_000, endsAt: 1_300, timeout: true }],
    ["a start alone gets an end by timeout", { startsAt: 900 }, { startsAt: 900, endsAt: 1_300, timeout: true }],
    ["an end alone is its start as well", { endsAt: 950 }, { startsAt: 950, endsAt: 950, timeout: false }],
    ["both are kept", { startsAt: 5, endsAt: 2_000 }, { startsAt: 5, endsAt: 2_000, timeout: false }],
  ])("%s", (_, posted, expected) => expect(kept(posted)).toEqual(expected));
});

describe("what is refused, in upstream's words", () => {
  const message = (value: unknown) => {
    const read = validatePosted(value, { now: 1_000, resolveTimeoutMs: 300 });
    return read.ok ? "ok" : read.message;
  };
  test.each([
    [{ labels: {} }, "at least one label pair required"],
    [{ labels: { a: "" } }, "at least one label pair required"],
    [{ labels: { "": "x" } }, 'invalid label set: invalid name ""'],
    [{ labels: { a: "b" }, annotations: { "": "x" } }, 'invalid annotations: invalid name ""'],
    [
      { labels: { a: "b" }, startsAt: "2026-01-02T00:00:00Z", endsAt: "2026-01-01T00:00:00Z" },
      "start time must be before end time",
    ],
    // Its end is filled in with the resolve timeout, which lies before its start.
    [{ labels: { a: "b" }, startsAt: "2026-01-02T00:00:00Z" }, "start time must be before end time"],
    [{ labels: { a: "b" }, endsAt: "0001-01-01T00:00:00Z", startsAt: "0001-01-01T00:00:00Z" }, "ok"],
    [{ labels: { "ünï côde": "b" } }, "ok"],
  ])("%j: %s", (value, expected) => expect(message(value)).toBe(expected));

  test("labels with empty values are left out before anything is looked at", () => {
    const read = validatePosted({ labels: { a: "b", c: "" } });
    expect(read).toEqual({ ok: true, alert: { labels: { a: "b" }, annotations: {} } });
  });

  test("a label of a name that objects have themselves is a label", () => {
    const read = validatePosted(JSON.parse('{"labels": {"__proto__": "x", "constructor": "y"}}'));
    expect(read.ok && Object.entries(read.alert.labels)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });
});

describe("news of an alert that is known", () => {
  const old = row(100, 200, 100);
  test.each([
    ["overlapping: the earliest start and the later end", old, row(150, 250, 150), [100, 250]],
    [
      "a stated end beats an assumed one that is earlier",
      row(100, 200, 100),
      row(150, 180, 150, { timeout: true }),
      [100, 200],
    ],
    ["an assumed end that is later gives way", row(100, 400, 100, { timeout: true }), row(150, 300, 150), [100, 300]],
    ["resolved: the end that was told", old, row(100, 150, 160), [100, 150]],
    ["resolved twice: the later end", row(100, 155, 150), row(100, 150, 160), [100, 155]],
    ["no overlap: a new occurrence", old, row(200, 300, 210), [200, 300]],
    ["touching is no overlap: the same start with a later end is new", old, row(100, 300, 210), [100, 300]],
  ])("%s", (_, before, after, expected) => expect(span(mergeRow(before, after))).toEqual(expected));

  test("the newest annotations count", () => {
    const merged = mergeRow(old, row(150, 250, 150, { annotations: { summary: "new" } }));
    expect(merged.annotations).toEqual({ summary: "new" });
  });

  const any = fc
    .record({ start: fc.nat(50), length: fc.nat(50), updated: fc.nat(99), timeout: fc.boolean() })
    .map(({ start, length, updated, timeout }) => row(start, start + length, updated, { timeout }));

  test("which of two came first does not matter", () =>
    fc.assert(
      fc.property(any, any, (a, b) => {
        fc.pre(a.updatedAt !== b.updatedAt);
        expect(mergeRow(a, b)).toEqual(mergeRow(b, a));
      }),
    ));

  test("hearing the same once more changes nothing", () =>
    fc.assert(
      fc.property(any, (a) => {
        expect(mergeRow(a, a)).toEqual(a);
      }),
    ));

  test("news may stand in any order in the list it is folded from", () =>
    fc.assert(
      fc.property(fc.uniqueArray(any, { selector: (one) => one.updatedAt, maxLength: 8 }), fc.nat(), (rows, turn) => {
        const shuffled = rows.map((_, index) => rows[(index + turn) % rows.length] as AlertRow);
        expect(foldRows(new Map(), shuffled)).toEqual(foldRows(new Map(), rows));
      }),
    ));
});

test("alerts that left at a flush stay away, unless they were heard of since", () => {
  const rows = new Map([
    ["left", row(1, 50, 40)],
    ["again", row(1, 50, 70)],
    ["fires", row(1, 500, 40)],
  ]);
  expect([...withoutCleared(rows, 60).keys()]).toEqual(["again", "fires"]);
  expect(withoutCleared(rows, undefined)).toBe(rows);
});
