import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { directRuntime } from "../../functions/backup/direct-runtime.ts";
import {
  carryOutRunbook,
  type RunbookDeeds,
  type RunbookSetup,
  runbookState,
  startRunbook,
} from "../../functions/backup/runbook.ts";
import { runbookDeeds } from "../../functions/backup/runbook-deeds.ts";
import { readRunbook } from "../../functions/backup/runbook-file.ts";
import type { RecoverySettings } from "../../shared/core/backup/recovery/file.ts";
import { failbackRunbook, failoverRunbook } from "../../shared/core/backup/runbook/built-in.ts";
import { runbookDrills } from "../../shared/core/backup/runbook/drill.ts";
import { runbookMachine } from "../../shared/core/backup/runbook/machine.ts";
import type { Runbook, RunbookStep } from "../../shared/core/backup/runbook/types.ts";
import { runbookSentence } from "../../shared/core/backup/runbook/words.ts";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { machineLaws } from "../contract/machine.ts";
import { PLAN } from "./keep-kit.ts";

const SETTINGS: RecoverySettings = {
  primaryRegion: "east",
  secondaryRegion: "west",
  replication: {
    tool: "MirrorMaker2",
    topics: ["clicks"],
    replicationFactor: 3,
    primaryBrokers: [],
    secondaryBrokers: [],
  },
  objectives: {},
};
const PLACES = {
  plan: PLAN,
  cluster: "west",
  parameter: { name: "/endpoint", primary: "east", secondary: "west" },
  hook: { url: "http://dns/west", back: "http://dns/east" },
};
const TRIGGER = { type: "api" } as const;
const ADA = { by: "ada", why: "east is lost" };

/** Deeds that note what they were asked for; `answers` says what each answers, in turn. */
function noted(answers: Partial<Record<string, readonly ("done" | "waiting" | "failed" | "refused" | "dies")[]>> = {}) {
  const asked: string[] = [];
  const counts = new Map<string, number>();
  const kinds = [
    "check_points",
    "check_lag",
    "stop_mirror",
    "start_mirror",
    "translate_groups",
    "set_parameter",
    "call",
    "restore",
    "hold_deliveries",
    "release_deliveries",
  ];
  const deeds = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      async (_: unknown, { rehearsal, undo, key }: { rehearsal: boolean; undo: boolean; key: string }) => {
        const at = counts.get(key) ?? 0;
        counts.set(key, at + 1);
        asked.push(`${rehearsal ? "? " : ""}${undo ? "undo " : ""}${kind}`);
        const all = answers[kind] ?? [];
        const status = all[Math.min(at, all.length - 1)] ?? "done";
        if (status === "dies") throw new Error("killed");
        return { status, text: `${kind} ${status}`, evidence: { at } };
      },
    ]),
  ) as RunbookDeeds;
  return { deeds, asked };
}

function world(runbook: Runbook = failoverRunbook(SETTINGS, PLACES), answers: Parameters<typeof noted>[0] = {}) {
  const clock = { now: Date.UTC(2026, 10, 23, 7, 30) };
  const { runtime } = directRuntime({ baseDir: ".", now: () => clock.now });
  const { deeds, asked } = noted(answers);
  const setup: RunbookSetup = { runbook, deeds, version: "cfg" };
  const look = (given: object = { kind: "look" }) =>
    carryOutRunbook(runtime, "default", setup, TRIGGER, given as { kind: "look" });
  const say = (kind: string) => look({ kind, ...ADA });
  return {
    clock,
    runtime,
    setup,
    asked,
    look,
    say,
    start: (rehearsal = false) => startRunbook(runtime, "default", setup, { rehearsal, ...ADA }),
  };
}

describe("failover and failback", () => {
  test("a failover goes step by step, waits for people where it must, and leaves evidence of each step", async () => {
    const { start, say, asked, clock, runtime } = world();
    const waiting = await start();
    expect(waiting.current?.steps.map(({ status }) => status).slice(0, 3)).toEqual(["done", "done", "approval"]);
    expect(asked).toEqual(["check_points", "hold_deliveries"]);
    await say("approve");
    clock.now += 90 * SECOND_MS;
    await say("done");
    expect(asked.slice(2)).toEqual(["check_lag", "stop_mirror", "translate_groups", "restore"]);
    await say("approve");
    const over = await say("approve");
    expect(over.current).toBeUndefined();
    expect(over.ended[0]).toMatchObject({ outcome: "done", by: "ada", rehearsal: false });
    expect((over.ended[0]?.endedAt ?? 0) - (over.ended[0]?.startedAt ?? 0)).toBe(90 * SECOND_MS);
    expect(over.ended[0]?.steps.find(({ id }) => id === "restore")).toMatchObject({
      evidence: { at: 0 },
      text: "restore done",
    });
    expect(asked.slice(6)).toEqual(["set_parameter", "call", "release_deliveries"]);
    const { items } = await runtime.journal.list({ tenant: "default", limit: 100 });
    expect(items.map(runbookSentence)).toContain("runbook failover: Clients are told the new address: approved by ada");
  });

  test("a rehearsal looks and times everything, waits for nobody and does nothing for good", async () => {
    const { start, asked } = world(undefined, { check_lag: ["refused"] });
    const { ended } = await start(true);
    expect(ended[0]).toMatchObject({ rehearsal: true, outcome: "partly" });
    expect(asked.every((one) => one.startsWith("? "))).toBe(true);
    expect(ended[0]?.steps.find(({ id }) => id === "decide")?.text).toMatch(/would wait for a person/);
  });

  test("aborted, it undoes in the opposite order what can be undone; what nobody began is not touched", async () => {
    const { start, say, asked } = world();
    await start();
    await say("approve");
    await say("done");
    const over = await say("abort");
    expect(asked.slice(6)).toEqual(["undo start_mirror", "undo release_deliveries"]);
    expect(over.ended[0]).toMatchObject({ outcome: "aborted", because: "aborted by ada: east is lost" });
    expect(over.ended[0]?.steps.find(({ id }) => id === "parameter")?.status).toBe("failed");
    expect(over.ended[0]?.steps.find(({ id }) => id === "release")?.status).toBe("pending");
  });

  test("what fails in passing is tried again, what takes too long or is refused waits for a person, who may retry or skip", async () => {
    const { start, say, look, clock, asked } = world(undefined, {
      restore: ["failed", "waiting", "refused", "done"],
      check_lag: ["failed"],
    });
    await start();
    await say("approve");
    await say("done");
    for (let count = 0; count < 6; count += 1) {
      clock.now += 11 * SECOND_MS;
      await look();
    }
    const stuck = await look();
    expect(stuck.current?.steps.find(({ id }) => id === "restore")).toMatchObject({
      status: "failed",
      text: "restore refused",
    });
    // It went on without the lag, as the runbook says.
    expect(stuck.current?.steps.find(({ id }) => id === "lag")?.status).toBe("failed");
    expect(asked.filter((one) => one === "restore")).toHaveLength(3);
    await expect(say("approve")).rejects.toMatchObject({ code: "restore.refused" });
    const after = await say("retry");
    expect(after.current?.steps.find(({ id }) => id === "restore")?.status).toBe("done");
    expect(after.current?.steps.find(({ id }) => id === "parameter")?.status).toBe("approval");
  });

  test("a step that outlives its time fails", async () => {
    const { start, say, look, clock } = world(undefined, { stop_mirror: ["waiting"] });
    await start();
    await say("approve");
    await say("done");
    clock.now += 11 * MINUTE_MS;
    const { current } = await look();
    expect(current?.steps.find(({ id }) => id === "mirror")).toMatchObject({
      status: "failed",
      text: expect.stringContaining("longer than 10 min"),
    });
  });

  test("a process that dies in a step leaves it to the next, under the same key; what was edited meanwhile is for the next run", async () => {
    const { start, setup, runtime, clock } = world(undefined, { hold_deliveries: ["dies", "done"] });
    await start();
    clock.now += 10 * MINUTE_MS;
    const edited = { ...setup, runbook: { ...setup.runbook, steps: setup.runbook.steps.slice(0, 1) } };
    const { current } = await carryOutRunbook(runtime, "default", edited, TRIGGER);
    expect(current?.steps.map(({ status }) => status).slice(0, 3)).toEqual(["done", "done", "approval"]);
    expect((await runbookState(runtime, "default", "failover")).current?.id).toBe(current?.id);
  });

  test("one run at a time, and nothing is said to a run that is not there or is another", async () => {
    const { start, say, look } = world();
    await expect(say("approve")).rejects.toThrow(/nothing is under way/);
    await start();
    await expect(start()).rejects.toMatchObject({ code: "restore.refused" });
    await expect(look({ kind: "approve", id: "drr_other", ...ADA })).rejects.toThrow(/drr_other is not under way/);
    await expect(look({ kind: "approve", step: "restore", ...ADA })).rejects.toThrow(/not the step at hand/);
  });

  test("failback is the way back: traffic, addresses, jobs, then the mirror runs again", () => {
    const { steps } = failbackRunbook(SETTINGS, PLACES);
    expect(steps.map(({ id }) => id)).toEqual([
      "ready",
      "points",
      "hold",
      "restore",
      "traffic",
      "parameter",
      "mirror",
      "release",
    ]);
    expect(steps.find(({ id }) => id === "traffic")?.do).toMatchObject({ url: "http://dns/east" });
  });
});

describe("a runbook's file and its proof", () => {
  test("it is read with its defaults, and what is wrong has its line", () => {
    const text = `name: mine
steps:
  - id: look
    do: { kind: check_lag }
  - id: turn
    do: { kind: set_parameter, name: /endpoint, value: west }
    undo: { kind: set_parameter, name: /endpoint, value: east }
    approval: true
    timeout: 1m
`;
    expect(readRunbook(text).steps).toMatchObject([
      { id: "look", title: "look", do: { kind: "check_lag", maxLagMs: 30_000 }, tries: 3, onFailure: "stop" },
      { id: "turn", approval: true, timeoutMs: MINUTE_MS, undo: { value: "east" } },
    ]);
    const wrong = () =>
      readRunbook(text.replace("timeout: 1m", "timeout: 1").replace("id: turn", "id: a b"), "mine.yaml");
    expect(wrong).toThrow(expect.objectContaining({ code: "input.invalid" }));
    try {
      wrong();
    } catch (error) {
      expect((error as { faults: { line: number }[] }).faults.map(({ line }) => line)).toEqual([5, 9]);
    }
  });

  test("a failover that was carried out proves its time; a rehearsal with a drill's restore on top, and without a drill nothing", async () => {
    const { start, asked } = world();
    const { ended } = await start(true);
    expect(asked.length).toBeGreaterThan(0);
    expect(runbookDrills({ ended }, { ms: 5000 })).toMatchObject([{ ok: true, rtoMs: 5000, covers: ["region"] }]);
    expect(runbookDrills({ ended }, { ms: undefined })).toMatchObject([{ ok: false }]);
    const real = ended.map((one) => ({ ...one, rehearsal: false, endedAt: one.startedAt + 7000 }));
    expect(runbookDrills({ ended: real }, { ms: undefined })).toMatchObject([{ ok: true, rtoMs: 7000 }]);
  });
});

describe("deeds", () => {
  const context = { key: "k", rehearsal: false, undo: false };
  test("the mirror's connectors are paused over Kafka Connect, and looked at until they are", async () => {
    const calls: string[] = [];
    let state = "RUNNING";
    const http = async ({ method, url }: { method: string; url: URL }) => {
      calls.push(`${method} ${url.pathname}`);
      if (method === "PUT") state = "PAUSED";
      return { status: method === "PUT" ? 202 : 200, headers: {}, body: JSON.stringify({ connector: { state } }) };
    };
    const streams = memoryStreams();
    const mirror = {
      source: { alias: "east", streams },
      target: { alias: "west", streams },
      topics: [],
      connect: { url: "http://connect:8083/", connectors: ["source"] },
    };
    const deeds = runbookDeeds({ now: () => 0, places: async () => [], http, mirror });
    expect(await deeds.stop_mirror?.({ kind: "stop_mirror" }, { ...context, rehearsal: true })).toMatchObject({
      status: "done",
      text: "would be paused: source is RUNNING",
    });
    expect(await deeds.stop_mirror?.({ kind: "stop_mirror" }, context)).toMatchObject({
      status: "done",
      text: "source is PAUSED",
    });
    expect(calls.filter((one) => one.startsWith("PUT"))).toEqual(["PUT /connectors/source/pause"]);
  });

  test("a hook gets the key, its failures in passing are tried again and its refusals not, and a rehearsal asks the probe only", async () => {
    const seen: (string | undefined)[] = [];
    let status = 503;
    const http = async ({
      method,
      url,
      headers,
    }: {
      method: string;
      url: URL;
      headers: Readonly<Record<string, string>>;
    }) => {
      seen.push(`${method} ${url.pathname} ${headers["idempotency-key"]}`);
      return { status, headers: {}, body: "" };
    };
    const deeds = runbookDeeds({ now: () => 0, places: async () => [], http });
    const call = { kind: "call", method: "POST", url: "http://dns/west", probe: "http://dns/health" } as const;
    expect(await deeds.call?.(call, context)).toMatchObject({ status: "failed" });
    status = 400;
    expect(await deeds.call?.(call, context)).toMatchObject({ status: "refused" });
    status = 200;
    expect(await deeds.call?.(call, { ...context, rehearsal: true })).toMatchObject({ status: "done" });
    expect(seen).toEqual(["POST /west k", "POST /west k", "GET /health k"]);
  });
});

const deed = fc.constantFrom<RunbookStep["do"]>(
  { kind: "hold_deliveries" },
  { kind: "stop_mirror" },
  { kind: "manual", text: "look" },
);
machineLaws("runbook", runbookMachine, {
  config: fc.record({
    pollMs: fc.integer({ min: 1, max: 60_000 }),
    runbook: fc.record({
      name: fc.constant("x"),
      about: fc.constant("x"),
      kind: fc.constant("other" as const),
      steps: fc
        .array(
          fc.record({
            do: deed,
            approval: fc.boolean(),
            timeoutMs: fc.integer({ min: 1, max: MINUTE_MS }),
            tries: fc.integer({ min: 1, max: 3 }),
            undo: fc.constant<RunbookStep["do"]>({ kind: "release_deliveries" }),
            onFailure: fc.constantFrom("stop" as const, "undo" as const, "continue" as const),
          }),
          { minLength: 1, maxLength: 3 },
        )
        .map((steps) => steps.map((one, index) => ({ id: `s${index}`, title: `Step ${index}`, ...one }))),
    }),
  }),
  input: fc
    .oneof(
      { weight: 5, arbitrary: fc.constant({ kind: "look" as const }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("start" as const),
          id: fc.constant("drr_1"),
          rehearsal: fc.boolean(),
          by: fc.constant("ada"),
          why: fc.constant(""),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom(
            "approve" as const,
            "done" as const,
            "retry" as const,
            "skip" as const,
            "abort" as const,
          ),
          by: fc.constant("ada"),
          why: fc.constant("x"),
        }),
      },
    )
    .map((input) => () => input),
  runs: 40,
});
