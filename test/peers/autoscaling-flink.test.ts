import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { command, evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { machines } from "../../functions/machines.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { JobScaling } from "../../shared/core/ports/jobs.ts";
import { flinkJobs } from "../../shared/edge/flink-rest.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { memoryFleet } from "../fakes/memory-fleet.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { memorySamples } from "../fakes/memory-samples.ts";
import { memoryTimers } from "../fakes/memory-timers.ts";
import { silentTelemetry } from "../shell/telemetry.ts";
import { compilePaced, count, type FlinkCluster, missingFlink, startFlink } from "./flink.ts";

const skipped = missingFlink();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
const jobs = flinkJobs({ http: httpClient({ allowLocal: true }), allowLocal: true });
const tenant = "default";
const SERVICE = "paced";
const TRIGGER = { type: "schedule" } as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One job on one cluster, and Headgate beside it. */
async function setUp(cluster: FlinkCluster, { rate, serial }: { readonly rate: number; readonly serial: string }) {
  const at = { url: cluster.url };
  const out = join(cluster.folder, "out");
  const load = join(cluster.folder, "load");
  writeFileSync(load, `${Date.now()} ${rate}\n`);
  const jarId = await jobs.upload(at, compilePaced(cluster.folder));
  const args = ["--load", load, "--out", out, "--work", "15", "--name", SERVICE];
  const start = async (id: string) => {
    const jobId = id.padStart(32, "c");
    const program = { jarId, entryClass: "Paced", arguments: args, parallelism: 1 };
    const run = await jobs.run(at, { ...program, jobId, allowNonRestored: false });
    expect(run).toEqual({ status: "accepted", jobId });
  };
  await start(serial);

  const now = Date.now;
  const fleet = memoryFleet({ now });
  const runtime = {
    now,
    speed: 1,
    random: Math.random,
    sleep: pause,
    store: memoryStore(now),
    journal: memoryJournal(),
    objects: memoryObjects({ now }),
    fleet: fleet.fleet,
    samples: memorySamples().samples,
    timers: memoryTimers({ now }).timers,
    jobs: flinkJobs({ http: httpClient({ allowLocal: true }), allowLocal: true, now }),
    telemetry: silentTelemetry(),
  } as unknown as Runtime;
  const yaml = stringify({
    version: 1,
    services: {
      [SERVICE]: {
        flink: {
          url: cluster.url,
          job: SERVICE,
          savepoints: `file://${cluster.folder}/savepoints`,
          jarId,
          entryClass: "Paced",
          args,
        },
      },
    },
    autoscaling: {
      [SERVICE]: {
        min: 1,
        max: 4,
        policies: [
          { type: "flink", window: "1m", stabilization: "0s", restart: "5s", catchUp: "10m", scaleDownInterval: "5s" },
        ],
      },
    },
  });
  const parsed = parseConfig(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(runtime, tenant, { ...parsed, text: yaml }, { by: "test" });

  const reasons: string[] = [];
  const look = async () => {
    const [evaluated] = await evaluateServices(runtime, { tenant, trigger: TRIGGER });
    if (evaluated?.error) throw evaluated.error;
    const reason = evaluated?.result?.reason ?? "nothing";
    if (reason !== reasons.at(-1)) reasons.push(reason);
    return evaluated?.result;
  };
  const until = async (good: (reason: string | undefined) => boolean, mostMs: number) => {
    const end = Date.now() + mostMs;
    for (;;) {
      const result = await look();
      if (good(result?.reason)) return result?.record as DecisionRecord;
      if (Date.now() > end)
        throw new Error(`it stays so: ${reasons.join(", ")}: ${JSON.stringify(result?.record?.trace)}`);
      await pause(1_000);
    }
  };
  return {
    at,
    start,
    /** From now on so many records a second. */
    load: (next: number) => appendFileSync(load, `${Date.now()} ${next}\n`),
    look,
    until,
    override: (desired: number) =>
      command(runtime, {
        tenant,
        service: SERVICE,
        trigger: { type: "api" },
        input: { kind: "override", by: "anna", why: "a test", desired, until: now() + 3_600_000 },
      }),
    running: async (): Promise<JobScaling | undefined> => {
      for (const { id, state } of await jobs.list(at)) if (state === "RUNNING") return jobs.scaling?.(at, id);
      return undefined;
    },
    /** Stops the job: what was read before the stop is written for good by it. */
    finish: async () => {
      const live = (await jobs.list(at)).filter(({ state }) => state === "RUNNING");
      expect(live).toHaveLength(1);
      const id = live[0]?.id ?? "";
      const triggerId = "d".repeat(32);
      const last = await jobs.scaling?.(at, id);
      await jobs.triggerSavepoint(at, { jobId: id, triggerId, directory: `file://${cluster.folder}/last`, stop: true });
      for (let tries = 0; tries < 100; tries += 1) {
        if (
          (await jobs.savepoint(at, id, triggerId)).status === "completed" &&
          (await jobs.describe(at, id))?.state === "FINISHED"
        )
          break;
        await pause(200);
      }
      return { counted: count(out), last };
    },
    records: async () => {
      const { items } = await runtime.journal.list({ tenant, subject: SERVICE, limit: 200 });
      return items.toReversed();
    },
  };
}
type Place = Awaited<ReturnType<typeof setUp>>;

const workOf = (job: JobScaling | undefined) => job?.vertices.find(({ name }) => name.startsWith("work"));

describe.skipIf(skipped !== undefined)(`jobs of a real Flink cluster, rescaled${title}`, () => {
  let adaptive: FlinkCluster;
  let plain: FlinkCluster | undefined;
  let inPlace: Place;
  let again: Place;
  beforeAll(async () => {
    adaptive = await startFlink({ adaptive: true, tight: true });
    inPlace = await setUp(adaptive, { rate: 110, serial: "1" });
  });
  afterAll(async () => {
    await Promise.all([adaptive?.stop(), plain?.stop()]);
  });

  test("DS2 on the metrics of a job that falls behind scales it out in place, while another cluster's job is stopped with a savepoint and run again", async () => {
    const filling = inPlace.until((reason) => reason === "rescaled", 110_000);
    // While the first job's window fills, a cluster without the adaptive scheduler comes up, and its job is rescaled by a person's word.
    const other = async () => {
      plain = await startFlink({ tight: true });
      again = await setUp(plain, { rate: 50, serial: "2" });
      await again.until((reason) => reason === "held_window", 20_000);
      await again.override(3);
      await again.until((reason) => reason === "rescaled", 60_000);
      const rescaled = await again.running();
      expect(workOf(rescaled)?.parallelism).toBe(3);
      expect(rescaled?.vertices.find(({ inputs }) => inputs.length === 0)?.parallelism).toBe(1);
      const stopped = (await again.records()).flatMap(({ actions }) => actions.map(({ type }) => type));
      expect(stopped).toEqual(["stop_with_savepoint", "run"]);
    };
    const [record] = await Promise.all([filling, other()]);

    expect(record.reason).toBe("rescaled");
    const out = (await inPlace.records()).find(({ reason }) => reason === "scaled_out");
    expect(out?.actions).toMatchObject([{ type: "require" }]);
    expect(out?.trace.map(({ text }) => text).join("\n")).toMatch(/work.* has to do \d+.* and can do \d+/);
    expect(workOf(await inPlace.running())?.parallelism).toBeGreaterThan(1);
  });

  test("less load takes it in again; every number came once, in the order of its key, on both clusters", async () => {
    const before = workOf(await inPlace.running())?.parallelism ?? 0;
    inPlace.load(20);
    await inPlace.until((reason) => reason === "rescaled", 240_000);
    const into = (await inPlace.records()).find(({ reason }) => reason === "scaled_in");
    expect(into?.actions).toMatchObject([{ type: "require" }]);
    const fewer = workOf(await inPlace.running())?.parallelism;
    expect(fewer).toBeLessThan(before);
    await inPlace.override(1);
    await inPlace.until((reason) => reason === (fewer === 1 ? "overridden" : "rescaled"), 60_000);
    expect(workOf(await inPlace.running())?.parallelism).toBe(1);
    for (const place of [inPlace, again]) {
      const { counted, last } = await place.finish();
      expect(counted).toMatchObject({ missing: 0, twice: [], versions: ["ok"] });
      expect(counted.last).toBeGreaterThan(1_000);
      // Everything that a source had let go before the stop was asked for came out of the sink.
      const source = last?.vertices.find(({ inputs }) => inputs.length === 0);
      expect(counted.last + 1).toBeGreaterThanOrEqual(source?.recordsOut ?? Number.POSITIVE_INFINITY);
    }
  }, 300_000);

  test("the job manager dies in the middle of a rescale: nothing more is done, the parallelism that is wanted stays, and it is said", async () => {
    await inPlace.start("3");
    await inPlace.until((reason) => reason === "overridden", 30_000);
    await inPlace.override(2);
    expect((await inPlace.look())?.results).toMatchObject([{ status: "done" }]);
    await adaptive.loseJobManager();
    const before = (await inPlace.records()).length;
    for (let looks = 0; looks < 3; looks += 1) {
      const result = await inPlace.look();
      expect(result?.reason).toBe("rescaling");
      expect(result?.record?.actions).toEqual([]);
      expect(result?.record?.trace.map(({ text }) => text).join("\n")).toContain("the job cannot be seen: Flink at");
    }
    const records = await inPlace.records();
    expect(records.slice(before).flatMap(({ actions }) => actions)).toEqual([]);
  });

  test("every decision about them is recomputed bit for bit from its record", async () => {
    for (const place of [inPlace, again])
      for (const record of await place.records()) expect(await replayWith(machines, record)).toEqual({ same: true });
  });
});
