import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { look } from "../../shared/core/slo/evaluate.ts";
import { packTracks, unpackTracks } from "../../shared/core/slo/pack.ts";
import { advanceBy, fitted, newTrack, type Track } from "../../shared/core/slo/track.ts";
import { toldOf, turn } from "../../shared/core/slo/turn.ts";
import type { Minute, Objective, Sums } from "../../shared/core/slo/types.ts";
import { given, START } from "./given.ts";

/** Small windows of both grains, so that a walk is longer than they are. */
const small = given({
  window: "1d",
  alerts: [
    { severity: "page", long: "20m", short: "3m", factor: 2 },
    { severity: "ticket", long: "6h10m", short: "10m", factor: 1.5 },
  ],
});

const event = fc.record({ bad: fc.integer({ min: 0, max: 9 }), total: fc.integer({ min: 9, max: 50 }) });
const minute: fc.Arbitrary<Minute> = fc.oneof(
  { weight: 8, arbitrary: event },
  fc.constant<Minute>("unknown"),
  fc.constant<Minute>("invalid"),
);
/** Runs of minutes, and pauses in which nobody looked. */
const history = fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), minute, fc.integer({ min: 0, max: 40 })), {
  minLength: 1,
  maxLength: 12,
});

function play(objective: Objective, walk: readonly (readonly [number, Minute, number])[]) {
  const track = newTrack(objective);
  const all = new Map<number, Minute>();
  let at = START;
  for (const [count, one, pause] of walk) {
    for (let index = 0; index < count; index += 1) {
      at += MINUTE_MS;
      all.set(at, one);
      advanceBy(objective, track, at, one);
    }
    at += pause * MINUTE_MS;
  }
  return { track, all, at: Math.max(...all.keys()) };
}

function naive(all: ReadonlyMap<number, Minute>, from: number, to: number): Sums {
  const known = [...all].flatMap(([at, one]) => (at > from && at <= to && typeof one !== "string" ? [one] : []));
  const sum = (of: "bad" | "total") => known.reduce((total, one) => total + one[of], 0);
  return { bad: sum("bad"), total: sum("total"), known: known.length };
}

test("sums of every window and of the period are those of all minutes", () => {
  fc.assert(
    fc.property(history, (walk) => {
      const { track, all, at } = play(small, walk);
      const seen = look(small, track);
      for (const [index, row] of small.rows.entries()) {
        const end = Math.floor(at / row.grainMs) * row.grainMs;
        expect(seen.rows[index]).toMatchObject({
          long: naive(all, end - row.longMs, end),
          short: naive(all, end - row.shortMs, end),
        });
      }
      expect(seen.budget).toMatchObject(naive(all, Math.floor((at - DAY_MS) / HOUR_MS) * HOUR_MS, at));
    }),
    { numRuns: 40 },
  );
});

test("a period of days that end within an hour holds them all", () => {
  const track = newTrack(small);
  for (let index = 1; index <= 2 * 1440 + 17; index += 1)
    advanceBy(small, track, START + index * MINUTE_MS, { bad: 0, total: 1 });
  expect(look(small, track).budget).toMatchObject({ total: 1440 + 17, minutes: 1440 + 17 });
});

const plain = ({ bytes, name, told, made, rows }: Track) => ({
  bytes: Buffer.from(bytes).toString("base64"),
  name,
  told,
  made,
  rows,
});

describe("packed", () => {
  test("they read back as they were, and go on alike", () => {
    fc.assert(
      fc.property(history, history, (first, second) => {
        const tracks = [
          toldOf(play(small, first).track, "ok"),
          play(given({ window: "month", zone: "Europe/Berlin" }, "other"), second).track,
        ];
        const packed = packTracks(tracks);
        // An odd address, as a part of a larger buffer has.
        const moved = new Uint8Array(packed.length + 3);
        moved.set(packed, 3);
        const read = unpackTracks(moved.subarray(3));
        expect(read?.map(plain)).toEqual(tracks.map(plain));
        expect(packTracks(read ?? [])).toEqual(packed);
        for (const track of [tracks[0] as Track, read?.[0] as Track])
          advanceBy(small, track, START + DAY_MS, { bad: 1, total: 2 });
        expect(plain(read?.[0] as Track)).toEqual(plain(tracks[0] as Track));
      }),
      { numRuns: 6 },
    );
  });

  test("bytes that are missing, too many or of something else are told", () => {
    const packed = packTracks([newTrack(small)]);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: packed.length - 1 }),
        (length) => unpackTracks(packed.subarray(0, length)) === undefined,
      ),
      { numRuns: 50 },
    );
    expect(unpackTracks(new Uint8Array([...packed, 0]))).toBeUndefined();
    expect(unpackTracks(new TextEncoder().encode("something else that is long enough"))).toBeUndefined();
    expect(unpackTracks(packTracks([]))).toEqual([]);
  });

  test("an objective takes some 30 KB", () => {
    expect(packTracks([newTrack(given())]).length).toBeLessThan(36_000);
  });
});

describe("another configuration", () => {
  const { track, at } = play(small, [[400, { bad: 1, total: 10 }, 0]]);
  look(small, track);

  test("another target keeps the very track", () => {
    expect(fitted({ ...small, target: 99, allowed: 0.01 }, track)).toBe(track);
  });

  test("other rows keep the minutes that both rings hold, and what fires by its name", () => {
    const wider = {
      ...small,
      rows: [
        ...small.rows.slice(1),
        { ...(small.rows[0] as Objective["rows"][number]), longMs: 40 * MINUTE_MS, name: "20m" },
      ],
    };
    const next = fitted(wider, track);
    const [ticket, page] = look(wider, next).rows;
    // The ring had an hour at least.
    expect(page?.long).toEqual({ bad: 40, total: 400, known: 40 });
    expect(ticket?.long).toEqual({ bad: 370, total: 3700, known: 370 });
    expect(look(wider, next).at).toBe(at);
  });

  test("another indicator begins anew", () => {
    const other = given({ sli: { promql: { bad: "x", total: "y" } }, window: "1d" });
    expect(look(other, fitted(other, track)).budget.known).toBe(0);
  });
});

describe("slices", () => {
  const slices = (settings: object) => given({ budget: "slices", slice: "5m", sliceTarget: 90, ...settings });
  test.each<[string, Objective, readonly Minute[], Partial<Sums>]>([
    ["a good one", slices({}), Array(5).fill({ bad: 1, total: 10 }), { bad: 0, total: 1, known: 5 }],
    [
      "a bad one",
      slices({}),
      [{ bad: 6, total: 10 }, ...Array(4).fill({ bad: 0, total: 10 })],
      { bad: 1, total: 1, known: 5 },
    ],
    [
      "minutes without an answer",
      slices({}),
      ["unknown", "unknown", "unknown", "unknown", { bad: 5, total: 10 }],
      { bad: 1, total: 1, known: 1 },
    ],
    ["nothing happened", slices({}), Array(5).fill({ bad: 0, total: 0 }), { total: 0, known: 5 }],
    ["by its share", slices({ budget: "ratio_slices" }), Array(5).fill({ bad: 2, total: 10 }), { bad: 0.2, total: 1 }],
  ])("%s", (_, objective, minutes, sums) => {
    const track = newTrack(objective);
    for (const [index, one] of minutes.entries()) advanceBy(objective, track, START + (index + 1) * MINUTE_MS, one);
    expect(look(objective, track).budget).toMatchObject(sums);
  });
});

test("a calendar month begins at local midnight of the first", () => {
  const objective = given({ window: "month", zone: "Europe/Berlin" });
  const track = newTrack(objective);
  // The last two minutes of October in Berlin, and the first three of November.
  const midnight = Date.parse("2023-10-31T23:00:00Z");
  for (let minute = -1; minute <= 3; minute += 1)
    advanceBy(objective, track, midnight + minute * MINUTE_MS, { bad: 1, total: 10 });
  const { budget } = look(objective, track);
  expect({ ...budget, from: iso(budget.from) }).toEqual({
    bad: 3,
    total: 30,
    known: 3,
    from: "2023-10-31T23:00:00.000Z",
    minutes: 30 * 1440,
  });
});

describe("a turn", () => {
  const composite = given({ sli: { composite: { checkout: 1, other: 1 } }, alerts: "off" }, "all");
  const objectives = [composite, given({ alerts: "off" }), given({ alerts: "off" }, "other")];
  const reading = ({ name }: Objective) => ({ kind: "ratio" as const, part: [name === "other" ? 1 : 0], total: [10] });

  test("takes parts before composites, and asks for a decision once", () => {
    const first = turn(objectives, [], START + MINUTE_MS, reading);
    expect(first.due.map(({ objective }) => objective.name)).toEqual(["checkout", "other", "all"]);
    expect(first.due[2]?.look.budget).toMatchObject({ bad: 0.05, total: 1 });
    const told = first.tracks.map((track) =>
      toldOf(track, first.due.find(({ objective }) => objective.name === track.name)?.standing ?? ""),
    );
    expect(turn(objectives, told, START + 2 * MINUTE_MS, reading).due).toEqual([]);
    // Not noted: due again.
    expect(turn(objectives, first.tracks, START + 3 * MINUTE_MS, reading).due).toHaveLength(3);
  });

  test("taken again changes nothing", () => {
    const { tracks } = turn(objectives, [], START + MINUTE_MS, reading);
    const before = tracks.map(plain);
    expect(turn(objectives, tracks, START + MINUTE_MS, () => undefined).tracks.map(plain)).toEqual(before);
  });

  test("of objectives that are gone no track is left", () => {
    const { tracks } = turn(objectives, [], START + MINUTE_MS, reading);
    expect(turn(objectives.slice(1, 2), tracks, START + 2 * MINUTE_MS, reading).tracks.map(({ name }) => name)).toEqual(
      ["checkout"],
    );
  });
});
