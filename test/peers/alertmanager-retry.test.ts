import { beforeAll, describe, expect, it } from "vitest";
import { type Alertmanager, absent, startAlertmanager, startHeadgate } from "./alertmanager.ts";
import { type Recorder, startRecorder } from "./webhooks.ts";

const SKIPPED = absent();
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** One path of a receiver for each way of failing. */
const WAYS = ["short", "refused", "slow"] as const;
type Way = (typeof WAYS)[number];

const configOf = (address: string): string =>
  JSON.stringify({
    route: {
      receiver: "short",
      group_wait: "1s",
      repeat_interval: "1h",
      routes: WAYS.map((way) => ({
        receiver: way,
        matchers: [`way="${way}"`],
        // Shorter than the 10 s that a delivery may take: the slow one runs past ticks.
        group_interval: way === "short" ? "12s" : "4s",
      })),
    },
    receivers: WAYS.map((name) => ({ name, webhook_configs: [{ url: `${address}/${name}` }] })),
  });

/** A request in seconds from the beginning, and whom it told of. */
interface Try {
  readonly at: number;
  readonly told: string;
}

/** What one server did: short fails for 3 s, refused is answered 400 for 6 s, slow takes 6 s for its first answer. */
async function play(server: Alertmanager, recorder: Recorder): Promise<Readonly<Record<Way, readonly Try[]>>> {
  const own = (way: Way) => `${server.name}/${way}`;
  recorder.answer(own("short"), 500);
  recorder.answer(own("refused"), 400);
  recorder.answer(own("slow"), 200, 6_000);
  const base = Date.now();
  const until = (ms: number) => pause(base + ms - Date.now());
  await server.post(WAYS.map((way) => ({ labels: { alertname: "A", way } })));
  await until(3_000);
  await server.post([{ labels: { alertname: "B", way: "slow" } }]);
  await until(4_000);
  recorder.answer(own("short"), 200);
  await until(6_500);
  recorder.answer(own("refused"), 200);
  recorder.answer(own("slow"), 200);
  await until(8_000);
  await server.post([{ labels: { alertname: "C", way: "slow" } }]);
  await until(14_500);
  const of = (way: Way): readonly Try[] =>
    recorder.bodies(own(way)).map(({ at, alerts }) => ({
      at: (at - base) / 1_000,
      told: alerts.map(({ labels }) => labels["alertname"]).join(""),
    }));
  return { short: of("short"), refused: of("refused"), slow: of("slow") };
}

describe.skipIf(SKIPPED !== undefined)(
  `what fails is tried as by Alertmanager${SKIPPED ? ` (${SKIPPED})` : ""}`,
  () => {
    let real: Readonly<Record<Way, readonly Try[]>>;
    let ours: Readonly<Record<Way, readonly Try[]>>;

    beforeAll(async () => {
      const recorder = await startRecorder();
      const [one, two] = await Promise.all([
        startAlertmanager({ config: configOf(`${recorder.url}/alertmanager`) }),
        startHeadgate({ config: configOf(`${recorder.url}/headgate`) }),
      ]);
      try {
        [real, ours] = await Promise.all([play(one, recorder), play(two, recorder)]);
      } finally {
        await Promise.all([one.stop(), two.stop()]);
        await recorder.close();
      }
    }, 60_000);

    const both = (way: Way) => [real[way], ours[way]] as const;
    const last = (tries: readonly Try[]) => tries.at(-1) as Try;

    it("tries again within the flush until it is taken, and then no more", () => {
      for (const tries of both("short")) {
        expect(tries.length).toBeGreaterThanOrEqual(3);
        expect(tries.slice(0, -1).every(({ at }) => at < 4)).toBe(true);
        expect(last(tries).at).toBeGreaterThanOrEqual(4);
        expect(last(tries).at).toBeLessThan(10);
      }
    });

    it("tries what is refused for good once a flush", () => {
      for (const tries of both("refused")) expect(tries.map(({ at }) => Math.round(at))).toEqual([1, 5, 9]);
    });

    it("flushes at once when a delivery has run past a tick, and counts later ones from there", () => {
      for (const tries of both("slow"))
        expect(tries.map(({ at, told }) => [Math.round(at), told])).toEqual([
          [1, "A"],
          [7, "AB"],
          [11, "ABC"],
        ]);
    });
  },
);
