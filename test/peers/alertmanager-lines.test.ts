import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { absent, startAlertmanager, startHeadgate } from "./alertmanager.ts";
import { type Line, randomLine } from "./alertmanager-lines.ts";
import { replayLine } from "./alertmanager-lines-replay.ts";
import { type LinesRun, lineName, linesDiffer, runLines } from "./alertmanager-lines-run.ts";
import { cases, SEED } from "./seeded.ts";

const SKIPPED = absent();
const COUNT = cases(60);
/** How often a line that differs is made smaller: each time takes a minute. */
const ROUNDS = Number(process.env["HEADGATE_SHRINK"] ?? 0);

interface Compared {
  readonly line: Line;
  readonly reload: boolean;
  readonly notifications: number;
  readonly live: string | undefined;
  readonly replay: string | undefined;
}

function compare({ base, turn, told }: LinesRun, lines: readonly Line[], reload: boolean): readonly Compared[] {
  const [real = [], ours = []] = told;
  return lines.map((line, index) => {
    const theirs = real[index] ?? [];
    const again = () => replayLine(lineName(index), line, { base, turn, reload });
    return {
      line,
      reload,
      notifications: theirs.length,
      live: linesDiffer(base, theirs, ours[index] ?? []),
      replay: linesDiffer(base, theirs, again()),
    };
  });
}

/** Plays all lines in two pairs of servers side by side: in one the configuration is read again on the way. */
async function play(plain: readonly Line[], reloaded: readonly Line[]): Promise<readonly Compared[]> {
  const servers = [startAlertmanager, startHeadgate];
  const world = async (lines: readonly Line[], reload: boolean) =>
    lines.length === 0 ? [] : compare(await runLines(lines, { reload, servers }), lines, reload);
  return (await Promise.all([world(plain, false), world(reloaded, true)])).flat();
}

const differs = ({ live, replay }: Compared) => live !== undefined || replay !== undefined;

/** Lines that are this one without one event, all played at once. */
async function smaller(one: Compared): Promise<Compared | undefined> {
  const lines = one.line.events.map((_, without) => ({
    ...one.line,
    events: one.line.events.filter((_event, index) => index !== without),
  }));
  return (await play(one.reload ? [] : lines, one.reload ? lines : [])).find(differs);
}

async function shrunk(one: Compared): Promise<Compared> {
  let least = one;
  for (let round = 0; round < ROUNDS && least.line.events.length > 1; round += 1) {
    const next = await smaller(least);
    if (!next) break;
    least = next;
  }
  return least;
}

describe.skipIf(SKIPPED !== undefined)(`time lines agree with Alertmanager${SKIPPED ? ` (${SKIPPED})` : ""}`, () => {
  let compared: readonly Compared[];
  let confirmed: readonly Compared[];

  beforeAll(async () => {
    const lines = fc.sample(randomLine, { seed: SEED, numRuns: COUNT });
    const half = Math.ceil(COUNT / 2);
    compared = await play(lines.slice(0, half), lines.slice(half));
    const suspects = compared.filter(differs);
    // The machine may have stood still at a bad moment: a difference is one that shows again.
    const of = (reload: boolean) => suspects.filter((one) => one.reload === reload).map(({ line }) => line);
    confirmed = suspects.length === 0 ? [] : (await play(of(false), of(true))).filter(differs);
    const [first, ...others] = confirmed;
    if (first && ROUNDS > 0) confirmed = [await shrunk(first), ...others];
  }, 1_200_000);

  const report = (side: "live" | "replay") =>
    confirmed
      .filter((one) => one[side] !== undefined)
      .map(
        (one) =>
          `HEADGATE_SEED=${SEED} ${one.reload ? "with reload" : ""}\n  ${one[side]}\n  ${JSON.stringify(one.line)}`,
      );

  it("lines say something: every other has three notifications and more", () => {
    const counts = compared.map(({ notifications }) => notifications).sort((a, b) => a - b);
    expect(counts[Math.floor(counts.length / 2)]).toBeGreaterThanOrEqual(3);
  });

  it("our server tells the same, at the same time, for the same reason", () => {
    expect(report("live")).toEqual([]);
  });

  it("a replay of the events tells the same", () => {
    expect(report("replay")).toEqual([]);
  });
});
