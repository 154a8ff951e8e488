import { expect, it } from "vitest";
import { flinkSummary } from "../../functions/delivery/flink-summary.ts";
import type { FlinkSwitch } from "../../shared/core/delivery/flink/types.ts";
import type { Answer } from "../api/kit.ts";
import { world } from "../api/kit.ts";

const CONFIG = `version: 1
services:
  counter: { run: { command: [node, counter.mjs] } }
delivery:
  counter:
    strategy: flink-blue-green
    flink: { url: "http://127.0.0.1:1", jobName: counter, savepoints: "file:///savepoints", jarId: a.jar }
`;
const at = 1_767_571_200_000;
const said = { by: "ada", why: "2", at };
const one: Omit<FlinkSwitch, "phase"> = {
  id: "rol_1",
  release: { version: "2", arguments: [] },
  mode: "stop-start",
  since: at,
  startedAt: at,
  deadline: at + 1,
  started: said,
  jobId: "b",
  colour: "green",
  triggerId: "t",
  asked: {},
};

it("a switch of Flink jobs is told as every other rollout, with what may be said to it", async () => {
  const w = await world({ config: CONFIG });
  const over = {
    ...one,
    id: "rol_0",
    startedAt: at - 9,
    phase: "rolled_back",
    endedAt: at,
    failure: { reason: "judged_bad", text: "lag", at },
  };
  const state = { v: 1, current: { ...one, phase: "approval" }, ended: [over] };
  const key = { tenant: "default", noun: "delivery", subject: "flink:counter" };
  await w.store.write(key, 0, { state: state as never });
  const view: Answer = await (await w.get("/api/v1/delivery/counter")).json();
  expect(view.summary).toMatchObject({
    current: { id: "rol_1", strategy: "flink-blue-green", phase: "approval", share: 100 },
    last: { id: "rol_0", phase: "rolled_back", failure: { reason: "gate_failed", text: "lag" } },
  });
  expect(view.commands).toEqual(["pause", "promote", "approve", "abort", "rollback"]);
  expect(view.ended.map(({ id }: Answer) => id)).toEqual(["rol_0"]);
  const list: Answer = await (await w.get("/api/v1/delivery")).json();
  expect(list.items[0]).toMatchObject({ service: "counter", current: { id: "rol_1" } });
});

it.each([
  ["measuring", "checking", 0],
  ["savepointing", "starting", 0],
  ["judging", "judging", 100],
  ["resuming", "returning", 0],
  ["stuck", "returning", 0],
  ["promoted", "promoted", 100],
] as const)("the phase %s of a job is %s, with %s %% of the work", (phase, told, share) => {
  expect(flinkSummary("counter", { ...one, phase })).toMatchObject({ phase: told, share });
});
