import { describe, expect, test } from "vitest";
import { circuitMachine } from "../../shared/core/traffic/breaker/machine.ts";
import { parseCalls } from "../../shared/core/traffic/breaker/recorded-calls.ts";
import { simulateBreaker } from "../../shared/core/traffic/breaker/simulate.ts";
import { whatIf } from "../../shared/core/traffic/breaker/what-if.ts";
import { explain, isCircuit, sentence } from "../../shared/core/traffic/breaker/words.ts";
import { decision } from "../contract/records.ts";
import { exact, policyOf } from "./given-breakers.ts";

const T0 = 1_700_000_000_000;
/** Calls every 100 ms; those from..to fail. */
const outage = (count: number, from: number, to: number, ms = 0) =>
  Array.from({ length: count }, (_, index) => ({ at: T0 + index * 100, ok: index < from || index >= to, ms }));

describe("what a rule would have done with recorded calls", () => {
  test("counts what it lets through and refuses, and how many of those would have succeeded", () => {
    const found = whatIf(exact(), outage(2_000, 100, 900), 1);
    // Open at the fifth failure (call 104); probes at 60 s: call 704 fails, call 1304 and the next two succeed.
    expect(found).toMatchObject({
      calls: 2_000,
      failures: 800,
      openings: 2,
      doomed: 6,
      refused: 599 + 599,
      refusedBad: 794,
      refusedGood: 404,
      firstOpenAt: T0 + 10_400,
      openMs: 120_200,
    });
    expect(found.admitted + found.refused).toBe(found.calls);
    expect(found.changes.map(({ to }) => to)).toEqual(["open", "half_open", "open", "half_open", "closed"]);
  });

  test("answers come when they came: those of before an opening are late, and say nothing", () => {
    const slow = outage(30, 0, 20, 1_050);
    const found = whatIf(exact(), slow, 1);
    // The fifth failure is known 1,050 ms after the fifth call: by then eleven more are on the way.
    expect(found.firstOpenAt).toBe(T0 + 400 + 1_050);
    expect(found).toMatchObject({ openings: 1, doomed: 15, admitted: 15, refused: 15 });
  });

  test("the order of the recording does not matter, and no calls are no openings", () => {
    const calls = outage(500, 50, 200, 30);
    expect(whatIf(exact(), [...calls].reverse(), 1)).toEqual(whatIf(exact(), calls, 1));
    expect(whatIf(exact(), [], 1)).toMatchObject({ calls: 0, openings: 0, openShare: 0, firstOpenAt: null });
  });

  test("several rules see the same calls", () => {
    const calls = outage(4_000, 1_000, 1_800);
    const [consecutive, rate] = [exact(), policyOf({ rule: "rate", jitter: 0 })].map((policy) =>
      whatIf(policy, calls, 1),
    );
    expect(consecutive?.firstOpenAt).toBe(T0 + 100_400);
    expect(rate?.firstOpenAt).toBeGreaterThan(T0 + 110_000);
    expect(rate?.doomed).toBeGreaterThan(consecutive?.doomed as number);
  });
});

describe("recorded calls as people have them", () => {
  const read = (text: string) => {
    const result = parseCalls(text);
    return result.ok ? result.calls : result.faults.map(({ message, line }) => `${line}: ${message}`);
  };
  const one = [{ at: T0, ok: false, ms: 12.5 }];

  test.each([
    ["CSV", `at,ok,ms\n${T0},false,12.5\n`],
    ["columns in another order, further ones, Windows line ends", `ms,path,ok,at\r\n12.5,"/a,b",0,${T0}\r\n`],
    ["no header", `${T0},false,12.5`],
    ["ISO stamps and other names", "timestamp,success,duration_ms\n2023-11-14T22:13:20Z,no,12.5"],
    ["statuses", `at,status,ms\n${T0},503,12.5`],
    ["NDJSON", `{"at":${T0},"ok":false,"ms":12.5}\n\n`],
    ["a JSON array with seconds", `[{"time":${T0 / 1000},"outcome":"failure","latency":12.5}]`],
    ["a column of errors", `at,error,ms\n${T0},ECONNRESET,12.5`],
  ])("%s", (_, text) => expect(read(text)).toEqual(one));

  test("what cannot be read is told with its line; nothing is skipped", () => {
    expect(read(`at,ok,ms\nnever,true,1\n${T0},maybe,1\n${T0},true,-1\n${T0},true,1`)).toEqual([
      '2: row 2: at "never" cannot be read',
      '3: row 3: ok "maybe" cannot be read',
      '4: row 4: ms "-1" cannot be read',
    ]);
    expect(read("")).toEqual(["undefined: there is not one call in it"]);
    expect(read('{"at":1}\nnope')).toEqual(["1: row 1: ok is missing", "2: row 2 is no JSON"]);
  });
});

describe("simulation", () => {
  const settings = { slow: 0, callsPerSecond: 100, seed: 3, runs: 20 };

  test("an outage opens it within its calls, and it closes when that is over", () => {
    const phases = [
      { fromMs: 0, failure: 0 },
      { fromMs: 10_000, failure: 1 },
      { fromMs: 40_000, failure: 0 },
    ];
    const found = simulateBreaker({ ...settings, policy: exact(), phases, calls: 10_000 });
    expect(found).toMatchObject({ opened: true, openedAtCall: 1_005, openedShare: 1, expectedCallsUntilOpen: null });
    expect(found.perRun).toMatchObject({ doomed: 5, openings: 1 });
    expect(found.changes.map(({ to }) => to)).toEqual(["open", "half_open", "closed"]);
  });

  test("the same seed gives the same figures; what never fails never opens", () => {
    const steady = (failure: number) =>
      simulateBreaker({ ...settings, policy: policyOf("rate"), phases: [{ fromMs: 0, failure }], calls: 2_000 });
    expect(steady(0.5)).toEqual(steady(0.5));
    expect(steady(0)).toMatchObject({
      opened: false,
      openedAtCall: null,
      openedShare: 0,
      callsUntilOpen: null,
      changes: [],
    });
  });

  test("slow calls alone open a slow-call rate", () => {
    const policy = policyOf({ rule: "rate", slow: "1s", slowRate: 20 });
    const found = simulateBreaker({ ...settings, policy, phases: [{ fromMs: 0, failure: 0 }], slow: 0.5, calls: 500 });
    expect(found.changes[0]).toMatchObject({ reason: "opened_slow_rate", call: 100 });
  });
});

describe("words", () => {
  const policy = exact({ forget: "never" });
  const stateBefore = circuitMachine.initial(policy, T0);
  const input = { type: "counted" as const, by: "env-a", add: { failures: 5 } };
  const made = circuitMachine.step(policy, stateBefore, input, T0);
  const record = decision({
    at: T0,
    noun: "traffic",
    subject: "circuit:orders/10.0.0.7:8080",
    input: input as never,
    stateBefore: stateBefore as never,
    stateAfter: made.state as never,
    reason: made.reason,
    trace: made.trace,
    actions: [],
  });

  test("a record of a circuit reads as a sentence with its numbers", () => {
    expect(isCircuit(record)).toBe(true);
    expect(isCircuit({ subject: "orders/10.0.0.7:8080" })).toBe(false);
    expect(sentence(record)).toBe(
      "circuit orders/10.0.0.7:8080 is open: 5 failures counted, each success took one back; 5 open it",
    );
  });

  test("its why is told line by line, with until when and by whom", () => {
    expect(explain(record)).toEqual(
      expect.arrayContaining([
        "decided by env-a",
        "computed by open-time: open for 1 min",
        "nobody calls before 2023-11-14T22:14:20.000Z (1 min)",
        "what was admitted before counts no more: epoch 1 has begun",
        "reason: opened_consecutive",
      ]),
    );
  });

  test("any record has one, whatever is in it", () => {
    const odd = decision({
      at: T0,
      noun: "traffic",
      subject: "circuit:x",
      reason: "something_new",
      trace: [],
      actions: [],
    });
    expect(sentence(odd)).toBe("circuit x something new");
    expect(explain(odd).length).toBeGreaterThan(1);
  });
});
