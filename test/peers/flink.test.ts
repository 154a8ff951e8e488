import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFlinkRelease } from "../../functions/delivery/flink-release.ts";
import { flinkKey, flinkStateOf, runFlink } from "../../functions/delivery/flink-rollout.ts";
import type { DeliverySettings } from "../../functions/delivery/settings.ts";
import { FlinkDelivery } from "../../shared/core/delivery/flink/section.ts";
import type { FlinkSwitch } from "../../shared/core/delivery/flink/types.ts";
import { flinkJobs } from "../../shared/edge/flink-rest.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { jobsContract } from "../contract/jobs.ts";
import { memoryTimers } from "../fakes/memory-timers.ts";
import { silentTelemetry } from "../shell/telemetry.ts";
import { count, type FlinkCluster, missingFlink, startFlink } from "./flink.ts";

const skipped = missingFlink();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
const jobs = flinkJobs({ http: httpClient({ allowLocal: true }), allowLocal: true });
const TRIGGER = { type: "timer" } as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(skipped !== undefined)(`a real Flink cluster${title}`, () => {
  let cluster: FlinkCluster;
  let serial = 0;
  beforeAll(async () => {
    cluster = await startFlink();
  });
  afterAll(async () => cluster?.stop());

  jobsContract("a real cluster", async () => {
    let url = cluster.url;
    const started: string[] = [];
    return {
      jobs,
      get cluster() {
        return { url };
      },
      good: cluster.jar,
      sameNameOtherContent: cluster.otherJar,
      broken: cluster.brokenJar,
      name: "numbers",
      entryClass: "Numbers",
      arguments: ["--out", join(cluster.folder, "contract"), "--lag", "5"],
      savepoints: `file://${cluster.folder}/savepoints`,
      unwritable: "file:///proc/savepoints",
      id: () => {
        const id = `${process.pid.toString(16)}${(++serial).toString(16).padStart(8, "0")}`.padStart(32, "a");
        started.push(id);
        return id;
      },
      pauseMs: 100,
      breakDown: async () => {
        url = "http://127.0.0.1:1";
      },
      close: async () => {
        for (const id of started) await jobs.cancel({ url: cluster.url }, id);
      },
    };
  });

  describe("blue-green", () => {
    const now = Date.now;
    /** A tenth of the real times: what a cluster on loopback needs is short. */
    const SPEED = 0.1;
    const store = memoryStore(now);
    const runtime = {
      now,
      speed: SPEED,
      random: Math.random,
      sleep: pause,
      store,
      journal: memoryJournal(),
      timers: memoryTimers({ now }).timers,
      jobs,
      telemetry: silentTelemetry(),
    } as unknown as Runtime;
    const out = () => join(cluster.folder, "out");
    const args = (version: string, ...more: readonly string[]) => ["--out", out(), "--version", version, ...more];
    const settings = (more: object = {}) =>
      ({
        service: "numbers",
        version: "c1",
        delivery: {
          mode: "act",
          approval: false,
          deadline: 600_000,
          flink: v.parse(FlinkDelivery, {
            url: cluster.url,
            jobName: "numbers",
            jarFile: cluster.jar,
            entryClass: "Numbers",
            savepoints: `file://${cluster.folder}/savepoints`,
            // A busy machine runs the same job at another pace each second.
            judge: { for: "2s", baseline: "1s", checkpoints: 2, minOutputShare: 0.3 },
            deadlines: { judge: "10m", start: "10m" },
            poll: "2s",
            ...more,
          }),
        },
      }) as unknown as DeliverySettings;
    const current = async () => flinkStateOf(await store.load(flinkKey("default", "numbers")));
    const release = async (given: Readonly<Record<string, unknown>>, more: object = {}) => {
      const on = settings(more);
      const ask = readFlinkRelease(given, on.delivery.flink as never);
      const start = { kind: "start", id: `rol_${++serial}`, ...ask, by: "anna", why: "" } as const;
      return runFlink(runtime, "default", on, TRIGGER, start);
    };
    const until = async (
      good: (is: FlinkSwitch | undefined) => boolean,
      more: object = {},
    ): Promise<FlinkSwitch | undefined> => {
      for (let looks = 0; looks < 300; looks += 1) {
        const state = await current();
        const is = state?.current ?? state?.ended[0];
        if (good(is)) return is;
        await runFlink(runtime, "default", settings(more), TRIGGER);
        await pause(200);
      }
      throw new Error(`it stays ${JSON.stringify((await current())?.current)}`);
    };
    const over = (more: object = {}) => until((is) => is?.endedAt !== undefined, more);
    const alive = async () =>
      (await jobs.list({ url: cluster.url })).filter(
        ({ state }) => !["FAILED", "CANCELED", "FINISHED"].includes(state),
      );
    /** Committed output has got past what there is now. */
    const more = async () => {
      const { last } = count(out());
      for (let tries = 0; tries < 100 && count(out()).last <= last + 100; tries += 1) await pause(100);
    };

    test("the first version starts, and a second one takes over: nothing is missing, nothing comes twice", async () => {
      expect(await release({ version: "v1", args: args("v1") })).toMatchObject({ reason: "started" });
      expect(await over()).toMatchObject({ phase: "promoted" });
      await more();
      await release({ version: "v2", args: args("v2"), jarFile: cluster.otherJar });
      const last = await over();
      expect(last?.failure).toBeUndefined();
      expect(last).toMatchObject({ phase: "promoted", colour: "green" });
      expect(last?.checks?.filter(({ ok }) => ok !== true && ok !== null)).toEqual([]);
      await more();
      expect(count(out())).toMatchObject({ missing: 0, twice: [] });
      expect((await alive()).map(({ id }) => id)).toEqual([last?.jobId]);
    });

    test("a jar without the program, and a directory that cannot be written: the job that runs is not touched", async () => {
      const before = (await alive()).map(({ id }) => id);
      await release({ version: "v3", jarFile: cluster.brokenJar });
      expect(await over()).toMatchObject({ phase: "rolled_back", failure: { reason: "jar_refused" } });
      const nowhere = { savepoints: "file:///proc/savepoints" };
      await release({ version: "v3", args: args("v3") }, nowhere);
      const last = await over(nowhere);
      expect(last).toMatchObject({ phase: "rolled_back", failure: { reason: "savepoint_failed" } });
      expect((await alive()).map(({ id }) => id)).toEqual(before);
    });

    test("a version that fails while it is judged: the old one goes on from its savepoint, twice comes only what the bad one wrote", async () => {
      await release({ version: "v4", args: args("v4", "--fail", "300") });
      const last = await over();
      expect(last).toMatchObject({
        phase: "rolled_back",
        failure: { reason: "judged_bad" },
        again: { from: last?.savepoint },
      });
      expect((await alive()).map(({ id }) => id)).toEqual([last?.again?.jobId]);
      await more();
      const { missing, twice } = count(out());
      expect(missing).toBe(0);
      for (const versions of twice) expect(versions).toContain("v4");
    });

    test("side by side: nothing is missing, and twice comes only what both wrote meanwhile", async () => {
      const parallel = { mode: "parallel" };
      await release({ version: "v5", args: args("v5") }, parallel);
      const last = await over(parallel);
      expect(last).toMatchObject({ phase: "promoted" });
      expect((await alive()).map(({ id }) => id)).toEqual([last?.jobId]);
      await more();
      const { missing, twice } = count(out());
      expect(missing).toBe(0);
      expect(twice).toContain("v2+v5");
      for (const versions of twice) expect(versions).toMatch(/v4|v5/);
    });

    test("the job manager dies in the middle of the switch: the old job starts again, and nothing is missing", async () => {
      await release({ version: "v6", args: args("v6"), jarFile: cluster.otherJar });
      await until((is) => is?.phase === "judging");
      await cluster.killJobManager();
      const last = await over();
      expect(last).toMatchObject({
        phase: "rolled_back",
        failure: { reason: "new_job_gone" },
        again: { from: last?.savepoint },
      });
      expect((await alive()).map(({ id }) => id)).toEqual([last?.again?.jobId]);
      await more();
      const { missing, twice } = count(out());
      expect(missing).toBe(0);
      for (const versions of twice) expect(versions).toMatch(/v4|v5|v6/);
    });
  });
});
