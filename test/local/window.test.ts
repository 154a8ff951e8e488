import fc from "fast-check";
import { expect, test } from "vitest";
import type { BatchLosses, SampleWriter } from "../../local/monitoring/sample-writer.ts";
import { openWindow, type SampleWindow } from "../../local/monitoring/window.ts";
import { type Labels, labelsKey } from "../../shared/core/kernel/labels.ts";
import { isStale, type Matcher, type SeriesData } from "../../shared/core/monitoring/promql/source.ts";

const NAME = "__name__";
const eq = (label: string, value: string): Matcher => ({ label, op: "=", value });
const MB = 1024 ** 2;

/** A window whose clock stands where the last batch was. */
function world(keepMs = 1_000_000, maxBytes = 64 * MB) {
  let clock = 0;
  const window = openWindow({ keepMs, maxBytes, now: () => clock });
  const write = (
    writer: SampleWriter,
    at: number,
    samples: readonly (readonly [Labels, number, number?])[],
  ): BatchLosses => {
    clock = Math.max(clock, at);
    writer.begin(at);
    for (const [labels, value, own] of samples) {
      const handle = writer.open(labels);
      if (!handle) throw new Error("no room");
      if (own === undefined) writer.put(handle, value);
      else writer.putAt(handle, value, own, false);
    }
    return writer.commit();
  };
  return { window, write, pass: (at: number) => (clock = at) };
}

/** `time:value` of a series, "stale" for its end. */
const points = ({ times, values }: SeriesData): readonly string[] =>
  Array.from(times, (at, index) => `${at}:${isStale(values, index) ? "stale" : values[index]}`);

const read = (window: SampleWindow, matchers: readonly Matcher[], from = 0, to = 1e15) =>
  window.select(matchers, from, to).map((one) => [one.labels, points(one)]);

const A = { [NAME]: "a" };
const B = { [NAME]: "b", x: "1" };

test("samples come back in order, with both ends of the stretch included", () => {
  const { window, write } = world();
  const writer = window.writer();
  for (const at of [10, 20, 30, 40])
    write(writer, at, [
      [A, at / 10],
      [B, -at],
    ]);
  expect(read(window, [eq(NAME, "a")])).toEqual([[A, ["10:1", "20:2", "30:3", "40:4"]]]);
  expect(read(window, [eq("x", "1")], 20, 30)).toEqual([[B, ["20:-20", "30:-30"]]]);
  expect(read(window, [eq(NAME, "a")], 41)).toEqual([]);
  expect(window.series()).toBe(2);
});

test("a series that is not in the next batch ends with a staleness marker, and may begin again", () => {
  const { window, write } = world();
  const writer = window.writer();
  write(writer, 10, [
    [A, 1],
    [B, 1],
  ]);
  write(writer, 20, [[B, 2]]);
  write(writer, 30, [[B, 3]]);
  write(writer, 40, [
    [A, 4],
    [B, 4],
  ]);
  expect(read(window, [eq(NAME, "a")])).toEqual([[A, ["10:1", "20:stale", "40:4"]]]);
  expect(read(window, [eq(NAME, "b")])).toEqual([[B, ["10:1", "20:2", "30:3", "40:4"]]]);
});

test("when a target goes, all its series end; an empty batch ends them as well, and only once", () => {
  const { window, write } = world();
  const writer = window.writer();
  write(writer, 10, [
    [A, 1],
    [B, 1],
  ]);
  write(writer, 20, []);
  write(writer, 30, []);
  writer.close(40);
  expect(read(window, []).map(([, all]) => all)).toEqual([
    ["10:1", "20:stale"],
    ["10:1", "20:stale"],
  ]);
});

test("an aborted batch leaves nothing behind", () => {
  const { window, write } = world();
  const writer = window.writer();
  write(writer, 10, [[A, 1]]);
  writer.begin(20);
  for (const labels of [A, B]) {
    const handle = writer.open(labels);
    if (handle) writer.put(handle, 7);
  }
  writer.abort();
  write(writer, 20, [[A, 2]]);
  expect(read(window, [])).toEqual([[A, ["10:1", "20:2"]]]);
});

test("NaN is a sample like others, and no staleness marker", () => {
  const { window, write } = world();
  const writer = window.writer();
  write(writer, 10, [
    [A, Number.NaN],
    [B, Infinity],
  ]);
  write(writer, 20, [
    [A, 0 / 0],
    [B, -0],
  ]);
  expect(read(window, [])).toEqual([
    [A, ["10:NaN", "20:NaN"]],
    [B, ["10:Infinity", "20:0"]],
  ]);
});

test("the second sample of a series in a batch is not taken; a batch that is not later is refused whole", () => {
  const { window, write } = world();
  const writer = window.writer();
  expect(
    write(writer, 10, [
      [A, 1],
      [A, 2],
    ]),
  ).toEqual({ duplicates: 1, outOfOrder: 0, outOfBounds: 0 });
  expect(write(writer, 10, [[A, 3]])).toMatchObject({ outOfOrder: 1 });
  expect(
    write(writer, 5, [
      [A, 3],
      [B, 1],
    ]),
  ).toMatchObject({ outOfOrder: 2 });
  expect(read(window, [])).toEqual([[A, ["10:1"]]]);
});

test("two targets with one series: samples are put in order, what comes late is counted and left out", () => {
  const { window, write } = world();
  const [one, two] = [window.writer(), window.writer()];
  write(one, 10, [[A, 1]]);
  write(two, 15, [[A, 2]]);
  write(one, 20, [[A, 3]]);
  expect(write(two, 18, [[A, 4]])).toMatchObject({ outOfOrder: 1 });
  expect(write(two, 20, [[A, 5]])).toMatchObject({ outOfOrder: 1 });
  write(two, 25, [[A, 6]]);
  expect(read(window, [])).toEqual([[A, ["10:1", "15:2", "20:3", "25:6"]]]);
  expect(window.series()).toBe(1);
});

test("timestamps of its own: kept as they are, the same again is no loss, older and far ahead ones are counted", () => {
  const { window, write } = world(1_000_000);
  const writer = window.writer();
  write(writer, 2_000_000, [[A, 1, 1_999_000]]);
  expect(write(writer, 2_010_000, [[A, 1, 1_999_000]])).toEqual({ duplicates: 0, outOfOrder: 0, outOfBounds: 0 });
  expect(write(writer, 2_020_000, [[A, 2, 1_998_000]])).toMatchObject({ outOfOrder: 1 });
  expect(write(writer, 2_030_000, [[A, 2, 2_700_000]])).toMatchObject({ outOfBounds: 1 });
  expect(write(writer, 2_040_000, [[A, 2, 900_000]])).toMatchObject({ outOfBounds: 1 });
  write(writer, 2_050_000, [[A, 3, 2_040_000]]);
  write(writer, 2_060_000, [[A, 4]]);
  // Series with timestamps of their own do not end by being left out.
  write(writer, 2_070_000, [[A, 5, 2_065_000]]);
  write(writer, 2_080_000, []);
  expect(read(window, [])).toEqual([[A, ["1999000:1", "2040000:3", "2060000:4", "2065000:5", "2080000:stale"]]]);
});

test("tracked ones do end", () => {
  const { window, write } = world();
  const writer = window.writer();
  writer.begin(10);
  const handle = writer.open(A);
  if (handle) writer.putAt(handle, 1, 8, true);
  writer.commit();
  write(writer, 20, []);
  expect(read(window, [])).toEqual([[A, ["8:1", "20:stale"]]]);
});

test("what is older than the window goes, and series without samples with it", () => {
  const { window, write } = world(160);
  const writer = window.writer();
  write(writer, 10, [
    [A, 1],
    [B, 1],
    [{ [NAME]: "c" }, 1, 9],
  ]);
  for (let at = 20; at <= 400; at += 10) write(writer, at, [[B, at]]);
  expect(read(window, [eq(NAME, "a")])).toEqual([]);
  expect(window.series()).toBe(1);
  const [, kept] = read(window, [])[0] as [Labels, string[]];
  expect(kept[0]).toBe("240:240");
  expect(kept.at(-1)).toBe("400:400");
});

test("a handle outlives its series: what comes after a long time is one series again", () => {
  const { window, write } = world(100);
  const [one, two] = [window.writer(), window.writer()];
  one.begin(10);
  const handle = one.open(A);
  if (!handle) throw new Error("no room");
  one.put(handle, 1);
  one.commit();
  write(one, 20, []);
  for (let at = 30; at < 400; at += 10) write(two, at, [[B, 1]]);
  expect(window.series()).toBe(1);
  write(two, 400, [
    [A, 5],
    [B, 1],
  ]);
  one.begin(410);
  one.put(handle, 6);
  one.commit();
  expect(window.series()).toBe(2);
  expect(read(window, [eq(NAME, "a")])).toEqual([[A, ["400:5", "410:6"]]]);
});

test("recorded series: each instant of a group is a batch, what is recorded no more ends", () => {
  const { window } = world();
  window.append("g", 10, [
    { labels: A, value: 1 },
    { labels: B, value: 1 },
  ]);
  window.append("g", 20, [{ labels: A, value: 2 }]);
  window.append("other", 20, [{ labels: { [NAME]: "c" }, value: 9 }]);
  expect(read(window, []).map(([labels, all]) => [(labels as Labels)[NAME], all])).toEqual([
    ["a", ["10:1", "20:2"]],
    ["b", ["10:1", "20:stale"]],
    ["c", ["20:9"]],
  ]);
});

test.each<[string, Matcher[], string[]]>([
  ["name", [eq(NAME, "up")], ["up a", "up b", "up "]],
  ["name and label", [eq(NAME, "up"), eq("job", "a")], ["up a"]],
  ["absent label", [eq(NAME, "up"), eq("job", "")], ["up "]],
  ["not equal takes absent ones", [eq(NAME, "up"), { label: "job", op: "!=", value: "a" }], ["up b", "up "]],
  ["regex on the name", [{ label: NAME, op: "=~", value: "u.|x" }], ["up a", "up b", "up ", "x a"]],
  ["regex that takes the empty value", [{ label: "job", op: "=~", value: "a|" }], ["up a", "up ", "x a"]],
  ["negated regex", [{ label: "job", op: "!~", value: "a|" }], ["up b"]],
  ["a label nobody has", [eq("zone", "1")], []],
  ["a value nobody has", [eq("job", "c")], []],
])("selected by %s", (_name, matchers, expected) => {
  const { window, write } = world();
  write(window.writer(), 10, [
    [{ [NAME]: "up", job: "a" }, 1],
    [{ [NAME]: "up", job: "b" }, 1],
    [{ [NAME]: "up", job: "" }, 1],
    [{ [NAME]: "x", job: "a" }, 1],
  ]);
  const found = window.select(matchers, 0, 100).map(({ labels }) => `${labels[NAME]} ${labels["job"] ?? ""}`);
  expect(found.sort()).toEqual([...expected].sort());
});

test("when it is full, the oldest samples go first and are counted; it never takes more than it may", () => {
  const { window, write } = world(1e12, MB);
  const writer = window.writer();
  const many = Array.from({ length: 200 }, (_, index) => ({ [NAME]: "m", index: String(index) }));
  for (let at = 1; at <= 2_000; at += 1) {
    write(
      writer,
      at * 1000,
      many.map((labels) => [labels, at]),
    );
    expect(window.bytes()).toBeLessThanOrEqual(MB);
  }
  expect(window.losses().evicted).toBeGreaterThan(200 * 1_000);
  const [, kept] = read(window, [eq("index", "7")])[0] as [Labels, string[]];
  expect(kept.at(-1)).toBe("2000000:2000");
  expect(kept.length).toBeGreaterThan(100);
});

test("series that change with every batch push out those that have ended, never live ones", () => {
  const { window, write } = world(1e9, 2 * MB);
  const [steady, restless] = [window.writer(), window.writer()];
  for (let round = 1; round <= 30; round += 1) {
    write(steady, round * 1000, [[A, round]]);
    const changing = Array.from({ length: 400 }, (_, index) => [{ [NAME]: "m", id: `${round}-${index}` }, 1] as const);
    write(restless, round * 1000 + 1, changing);
    expect(window.bytes()).toBeLessThanOrEqual(2 * MB);
  }
  expect(window.losses()).toMatchObject({ refusedSeries: 0, evicted: 0 });
  expect(window.losses().forgottenSeries).toBeGreaterThan(5_000);
  expect(read(window, [eq(NAME, "a")])).toEqual([
    [A, Array.from({ length: 30 }, (_, index) => `${(index + 1) * 1000}:${index + 1}`)],
  ]);
});

test("when all series are live and there is no room, new ones are refused, but for those that must be", () => {
  const { window, write } = world(1e9, MB);
  const writer = window.writer();
  write(
    writer,
    10,
    Array.from({ length: 900 }, (_, index) => [{ [NAME]: "m", id: String(index) }, 1]),
  );
  const other = window.writer();
  other.begin(20);
  let refused = 0;
  for (let index = 0; index < 900; index += 1) {
    const handle = other.open({ [NAME]: "n", id: String(index) });
    if (handle) other.put(handle, 1);
    else refused += 1;
  }
  expect(refused).toBeGreaterThan(300);
  expect(window.losses()).toEqual({ evicted: 0, forgottenSeries: 0, refusedSeries: refused, at: expect.any(Number) });
  other.abort();
  expect(window.series()).toBe(900);
  other.begin(20);
  for (let index = 0; index < 900; index += 1)
    expect(other.open({ [NAME]: "n", id: String(index) }, true)).toBeDefined();
});

/** What the window must hold, written as plainly as it can be: all points of a series by time. */
test("whatever two targets write, a reading is the same as of a plain list of points", () => {
  const labels = [A, B, { [NAME]: "c", x: "1" }, { [NAME]: "d" }];
  const batch = fc.record({
    target: fc.integer({ min: 0, max: 1 }),
    after: fc.integer({ min: 1, max: 5 }),
    series: fc.subarray([0, 1, 2, 3]),
    abort: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(batch, { maxLength: 25 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      (batches, from, length) => {
        const { window, write } = world();
        const writers = [window.writer(), window.writer()];
        const model = new Map<number, Map<number, string>>(labels.map((_, index) => [index, new Map()]));
        const before: (readonly number[])[] = [[], []];
        let at = 0;
        for (const { target, after, series, abort } of batches) {
          at += after;
          const writer = writers[target] as SampleWriter;
          // Both targets have the same series 0; the others are of one of them.
          const own = series.filter((index) => index === 0 || index % 2 === target);
          if (abort) {
            writer.begin(at);
            for (const index of own) {
              const handle = writer.open(labels[index] as Labels);
              if (handle) writer.put(handle, -1);
            }
            writer.abort();
            continue;
          }
          write(
            writer,
            at,
            own.map((index) => [labels[index] as Labels, at * 10 + index]),
          );
          for (const index of own) model.get(index)?.set(at, String(at * 10 + index));
          for (const index of before[target] ?? []) if (!own.includes(index)) model.get(index)?.set(at, "stale");
          before[target] = own;
        }
        const to = from + length;
        const expected = new Map(
          [...model].flatMap(([index, all]) => {
            const inside = [...all]
              .filter(([time]) => time >= from && time <= to)
              .map(([time, value]) => `${time}:${value}`);
            return inside.length === 0 ? [] : [[labelsKey(labels[index] as Labels), inside] as const];
          }),
        );
        const found = new Map(window.select([], from, to).map((one) => [labelsKey(one.labels), points(one)]));
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 400 },
  );
});
