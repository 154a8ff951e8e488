import { expect, test } from "vitest";
import { parseAlarmEvent } from "../../functions/autoscaling/alarm.ts";
import { alarmEvent, alarmState, localAlarms } from "../../local/alarms.ts";
import type { AlarmSpec } from "../../shared/core/autoscaling/alarms.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { memorySamples } from "../fakes/memory-samples.ts";

const spec = (more: Partial<AlarmSpec> = {}): AlarmSpec => ({
  name: "headgate-orders-cpu-out",
  metric: "cpu",
  stat: "avg",
  comparison: ">",
  threshold: 75,
  periodMs: 60_000,
  datapoints: 2,
  evaluationPeriods: 3,
  purpose: "out",
  ...more,
});

// The rows of CloudWatch's own table for "treat missing data as missing".
test.each([
  [[], "INSUFFICIENT_DATA"],
  [[80], "ALARM"],
  [[70], "OK"],
  [[70, 80], "OK"],
  [[80, 70, 80], "ALARM"],
  [[80, 80, 70, 70], "OK"],
  [[75, 75, 75], "OK"],
] as const)("2 of 3 over 75 with points %j is %s", (values, state) => {
  expect(alarmState(spec(), values)).toBe(state);
});

test("every comparison means what it says at the threshold", () => {
  const at = (comparison: AlarmSpec["comparison"]) =>
    alarmState(spec({ comparison, datapoints: 1, evaluationPeriods: 1 }), [75]);
  expect([at(">"), at(">="), at("<"), at("<=")]).toEqual(["OK", "ALARM", "OK", "ALARM"]);
});

test("the event is read by the function that CloudWatch's events are read by", () => {
  const at = Date.UTC(2026, 4, 6, 12, 0, 0);
  const { notices, ignored } = parseAlarmEvent(alarmEvent(spec(), "ALARM", "OK", at));
  expect(ignored).toEqual([]);
  expect(notices).toEqual([{ name: "headgate-orders-cpu-out", state: "ALARM", at, eventId: expect.any(String) }]);
});

const parsed = parseConfig(`version: 1
services:
  orders: { run: { command: [node, x] } }
  far: { ecs: { cluster: c, service: s } }
autoscaling:
  orders: { policies: [{ type: instances }] }
  far: { policies: [{ type: instances }] }
`);
if (!parsed.ok) throw new Error("the test's configuration is not valid");
const { config } = parsed;

test("only changes are told, each once; alarms of services that run elsewhere are CloudWatch's", async () => {
  const samples = memorySamples();
  const events: unknown[] = [];
  const alarms = localAlarms(samples.samples, "default", async (event) => void events.push(event));
  const told = () =>
    events.splice(0).flatMap((event) => parseAlarmEvent(event).notices.map(({ name, state }) => `${name} ${state}`));
  const name = "headgate/local/default/orders-cpu-out";
  await alarms.evaluate(config, 600_000);
  expect(told()).toEqual([]);
  samples.put("orders", "cpu", 600_000, 90);
  samples.put("far", "cpu", 600_000, 90);
  await alarms.evaluate(config, 660_000);
  expect(told()).toEqual([`${name} ALARM`]);
  samples.put("orders", "cpu", 660_000, 91);
  await alarms.evaluate(config, 720_000);
  expect(told()).toEqual([]);
  samples.put("orders", "cpu", 720_000, 20);
  await alarms.evaluate(config, 780_000);
  expect(told()).toEqual([`${name} OK`]);
  await alarms.evaluate(config, 6_000_000);
  expect(told()).toEqual([`${name} INSUFFICIENT_DATA`]);
});

test("a change that could not be delivered is delivered again", async () => {
  const samples = memorySamples();
  samples.put("orders", "cpu", 600_000, 90);
  let tries = 0;
  const alarms = localAlarms(samples.samples, "default", async () => {
    if (++tries === 1) throw new Error("the store does not answer");
  });
  await expect(alarms.evaluate(config, 660_000)).rejects.toThrow("does not answer");
  await alarms.evaluate(config, 660_000);
  await alarms.evaluate(config, 660_000);
  expect(tries).toBe(2);
});
