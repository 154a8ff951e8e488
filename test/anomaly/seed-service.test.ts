import { describe, expect, it } from "vitest";
import { MINUTE } from "./given.ts";
import { config, scored } from "./scoring-world.ts";

/** Twenty minutes of the platform's service, then one as given; what was found, as `signal kind severity`. */
async function found(last: Record<string, number>, more = "") {
  const w = await scored(config(["orders", `{ detector: seed${more} }`]), { quiet: true });
  const usual = (minute: number) => ({
    "orders/latency_p99": 100 + (minute % 2 === 0 ? 1 : -1),
    "orders/requests": 50 + (minute % 2 === 0 ? 1 : -1),
    "orders/errors": minute % 2 === 0 ? 0.5 : 1,
    "orders/cpu": 60 + (minute % 3),
    "orders/memory": 50 + (minute % 2),
  });
  const put = (minute: number, values: Record<string, number>) => {
    const at = w.clock.now();
    for (const [name, value] of Object.entries({ ...usual(minute), ...values }))
      w.samples.put("orders", name.slice("orders/".length), at, value);
    w.clock.advance(MINUTE);
  };
  for (let minute = 0; minute < 20; minute += 1) put(minute, {});
  await w.score();
  put(20, last);
  await w.score();
  return w.sent.map(({ labels }) => `${labels["signal"]} ${labels["kind"]} ${labels["severity"]}`);
}

/** The deviation of twenty values that lie one above and one below their mean by turns. */
const STDEV = Math.sqrt(20 / 19);

describe("a service of this machine with the platform's rules", () => {
  it.each<[string, Record<string, number>, readonly string[]]>([
    ["nothing unusual", {}, []],
    ["response time 2.9 deviations up", { latency_p99: 100 + 2.9 * STDEV }, []],
    ["3.1 up", { latency_p99: 100 + 3.1 * STDEV }, ["latency response_time_anomaly medium"]],
    [
      "3.1 down: the rule has no direction",
      { latency_p99: 100 - 3.1 * STDEV },
      ["latency response_time_anomaly medium"],
    ],
    ["4.1 up", { latency_p99: 100 + 4.1 * STDEV }, ["latency response_time_anomaly high"]],
    ["throughput 2.4 down", { requests: 50 - 2.4 * STDEV }, []],
    ["throughput 2.6 down", { requests: 50 - 2.6 * STDEV }, ["traffic throughput_anomaly medium"]],
    ["errors of 4.9 %", { errors: 0.049 * 51 }, []],
    ["errors of 5.1 %", { errors: 0.051 * 51 }, ["errors error_rate_anomaly high"]],
    ["cpu 99 % and memory 80 %: 89.5 % of resources", { cpu: 99, memory: 80 }, []],
    ["cpu 99 % and memory 82 %: 90.5 %", { cpu: 99, memory: 82 }, ["resources resource_anomaly high"]],
  ])("%s: %j finds %j", async (_, last, expected) => {
    const values = Object.fromEntries(Object.entries(last).map(([name, value]) => [`orders/${name}`, value]));
    expect(await found(values)).toEqual(expected);
  });

  it("above its limit it is found also while it falls", async () => {
    const w = await scored(config(["orders", "{ detector: seed }"]), { quiet: true });
    for (let minute = 0; minute < 21; minute += 1) {
      for (const [metric, value] of [
        ["requests", 50],
        ["errors", minute === 20 ? 10 : 20 + (minute % 2)],
      ] as const)
        w.samples.put("orders", metric, w.clock.now(), value);
      w.clock.advance(MINUTE);
      if (minute >= 19) await w.score();
    }
    expect(w.sent.map(({ labels }) => labels["kind"])).toEqual(["error_rate_anomaly"]);
  });

  it("a signal of cpu and memory that names no unit is percent as well", async () => {
    const more = ", signals: { mine: { metric: [cpu, memory], role: saturation } }";
    expect(await found({ "orders/cpu": 85, "orders/memory": 80 }, more)).toEqual([]);
    expect(await found({ "orders/cpu": 99, "orders/memory": 95 }, more)).toEqual(["mine resource_anomaly high"]);
  });
});
