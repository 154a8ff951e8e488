import { describe, expect, it } from "vitest";
import { textHash } from "../../shared/core/traffic/hash/xxhash64.ts";
import { readHosts } from "../../shared/core/traffic/simulate/hosts-read.ts";
import {
  expandCounts,
  inOrder,
  peakRate,
  type RecordedRequest,
  recordedFrom,
} from "../../shared/core/traffic/simulate/recorded.ts";
import { type ReplayFigures, type ReplayOptions, replayRequests } from "../../shared/core/traffic/simulate/replay.ts";
import { type Balancing, balancingOf, outlierOf } from "../../shared/core/traffic/simulate/setting.ts";
import type { PolicyName } from "../../shared/core/traffic/types.ts";

const T0 = 1_700_000_000_000;
const balancings = (...policies: readonly PolicyName[]): readonly Balancing[] =>
  policies.map((policy) => {
    const read = balancingOf(policy);
    if (!read.ok) throw new Error(policy);
    return read.balancing;
  });
const { hosts } = readHosts(["a:80", "b:80", "c:80", "d:80"]);

/** Round robin over four hosts, the last one ten times slower; 20 keys. */
const record = (count: number, more: (index: number) => Partial<RecordedRequest> = () => ({})): RecordedRequest[] =>
  Array.from({ length: count }, (_, index) => ({
    at: T0 + index * 10,
    ms: index % 4 === 3 ? 200 : 20,
    backend: `${"abcd"[index % 4]}:80`,
    key: `user-${index % 21}`,
    status: 200,
    ...more(index),
  }));
const play = (requests: readonly RecordedRequest[], policies: readonly PolicyName[], options: ReplayOptions = {}) => {
  const replay = replayRequests(inOrder(requests), balancings(...policies), hosts, options);
  const of = (policy: PolicyName) => replay.policies.find((one) => one.policy === policy) as ReplayFigures;
  return { replay, of };
};

describe("replay", () => {
  it("a key that met no host that is still there says nothing of how warm caches were", () => {
    const { replay } = play(
      record(40, (index) => (index % 2 ? { backend: "gone:80" } : {})),
      ["maglev"],
    );
    expect(replay.recorded?.hostsPerKey).toBeGreaterThanOrEqual(1);
  });

  it("nobody who is unhealthy answers, unless a panic is asked for, which is told", () => {
    const down = hosts.map((one) => ({ ...one, host: { ...one.host, healthy: false } }));
    const told: string[] = [];
    const refused = (panic: number) => {
      const read = balancingOf("round_robin", { panic });
      if (!read.ok) throw new Error("round_robin");
      const options = { onPanic: (policy: string) => void told.push(policy) };
      return replayRequests(inOrder(record(10)), [read.balancing], down, options).policies[0]?.refused;
    };
    expect([refused(0), [...told]]).toEqual([10, []]);
    expect([refused(50), told]).toEqual([0, ["round_robin"]]);
  });

  it("tells what was: times, shares and hosts that each key met", () => {
    const { replay } = play(record(420), ["round_robin"]);
    expect(replay).toMatchObject({ requests: 420, from: T0, to: T0 + 4190, keys: 21 });
    expect(replay.recorded).toMatchObject({
      policy: "recorded",
      p50: 20,
      p99: 200,
      cv: 0,
      maxOverMean: 1,
      hostsPerKey: 4,
      failed: 0,
      share: { "a:80": 0.25, "d:80": 0.25 },
    });
  });

  it("the policy that was recorded comes out as recorded", () => {
    const { of } = play(record(420), ["round_robin"]);
    expect(of("round_robin")).toMatchObject({
      p50: 20,
      p99: 200,
      cv: 0,
      movedKeys: 0,
      movedKeysPct: 0,
      hostsPerKey: 4,
    });
  });

  it("a policy that looks at times keeps off the slow host; one that hashes keeps each key on one host", () => {
    const { of, replay } = play(record(4200), ["round_robin", "least_response_time", "maglev"], {
      current: "round_robin",
    });
    expect(of("least_response_time").p99).toBeLessThan(of("round_robin").p99 as number);
    expect(of("least_response_time").share["d:80"]).toBeLessThan(0.02);
    expect(of("maglev").hostsPerKey).toBe(1);
    expect(of("round_robin").hostsPerKey).toBe(4);
    expect(replay.recommended).toBe("least_response_time");
    expect(replay.recommendation).toMatch(
      /^least_response_time against round_robin: p99 20 ms instead of 200 ms \(−90 %\), busiest host .* instead of 1\.00 times its part, \d+ keys/,
    );
  });

  it("what is no better by a twentieth is no reason to switch", () => {
    const even = record(1000, () => ({ ms: 20 }));
    const { replay } = play(even, ["round_robin", "random", "maglev"], { current: "random" });
    expect(replay.recommended).toBe("random");
    expect(replay.recommendation).toBe("stay with random: nothing is better by 5 % in p99 (20 ms)");
  });

  it("a host that fails is ejected by passive detection, and only there for as long as it failed", () => {
    const failing = record(6000, (index) => {
      const at = index * 10;
      return index % 4 === 1 && at > 10_000 && at < 30_000 ? { status: 503, ms: 1 } : {};
    });
    const off = play(failing, ["round_robin"]).of("round_robin");
    expect(off).toMatchObject({ failed: 500, ejections: null });
    const on = play(failing, ["round_robin"], { outlier: outlierOf() }).of("round_robin");
    expect(on.ejections).toBe(1);
    expect(on.failed).toBeLessThan(10);
    // A quarter of the requests, but for half a minute and the rest of an interval out of sixty seconds.
    expect(on.share["b:80"]).toBeGreaterThan(0.25 * (20 / 60) * 0.9);
    expect(on.share["b:80"]).toBeLessThan(0.25 * (30 / 60));
  });

  it("requests without a host are refused and never counted as answered", () => {
    const gone = readHosts([{ host: "a", draining: true }]).hosts;
    const replay = replayRequests(record(10), balancings("round_robin"), gone);
    expect(replay.policies[0]).toMatchObject({ refused: 10, p50: null, p99: null, cv: null });
    expect(replay).toMatchObject({ recommended: null, recommendation: "no policy: none of the requests found a host" });
  });

  it("an empty record is no reason for anything", () => {
    expect(replayRequests([], balancings("round_robin"), hosts)).toMatchObject({
      requests: 0,
      from: null,
      recorded: null,
      recommended: null,
    });
  });

  it("one seed gives the same answer again", () => {
    const bare = record(500, () => ({})).map(({ at, key }) => ({ at, key: key as string }));
    expect(play(bare, ["random"]).replay).toEqual(play(bare, ["random"]).replay);
    expect(play(bare, ["random"]).replay.recorded, "no times").toBeNull();
  });
});

describe("what is read", () => {
  it("log lines and rows in many spellings", () => {
    expect(recordedFrom({ timestamp: "2023-11-14T22:13:20Z", ms: "12.5", key: "k", tags: "a;b" })).toEqual({
      at: T0,
      ms: 12.5,
      key: "k",
      tags: ["a", "b"],
    });
    expect(recordedFrom({ at: T0, latency_ms: 3, upstream_addr: "a:80", status: "502" })).toEqual({
      at: T0,
      ms: 3,
      backend: "a:80",
      status: 502,
    });
  });

  it("the gateway's own log tells of ends and hashes", () => {
    const { high, low } = textHash("user-1");
    const key = high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
    const line = {
      at: T0 + 40,
      method: "GET",
      path: "/",
      status: 200,
      ms: 40,
      backend: "a:80",
      key,
      retries: 0,
      bytes: 9,
    };
    expect(recordedFrom(line)).toMatchObject({ at: T0, hash: { high, low } });
    const hashed = Array.from({ length: 50 }, () => recordedFrom(line) as RecordedRequest);
    const named = hashed.map(({ hash: _, ...one }) => ({ ...one, key: "user-1" }));
    expect(play(hashed, ["maglev"]).of("maglev").share).toEqual(play(named, ["maglev"]).of("maglev").share);
  });

  it.each<[string, object, string]>([
    ["no time", { ms: 1 }, "at"],
    ["a time that is none", { at: "yesterday" }, "at"],
    ["a response time that is NaN", { at: T0, ms: "NaN" }, "ms"],
    ["a negative one", { at: T0, ms: -1 }, "ms"],
    ["a status that is none", { at: T0, status: "OK" }, "status"],
  ])("%s is a fault", (_, line, path) => {
    expect(recordedFrom(line as Record<string, unknown>)).toMatchObject({ path });
  });

  it("counts become as many requests, evenly thinned where they are too many, and a gap is no period", () => {
    const periods = [60, 120, 0, 60].map((requests, index) => ({ at: T0 + index * 60_000, requests }));
    const all = expandCounts(periods, 1000, 1);
    expect(all.eachStandsFor).toBe(1);
    const perMinute = (requests: readonly RecordedRequest[]) =>
      periods.map(({ at }) => requests.filter((one) => one.at >= at && one.at < at + 60_000).length);
    expect(perMinute(all.requests)).toEqual([60, 120, 0, 60]);
    const thin = expandCounts(periods, 24, 1);
    expect(thin.eachStandsFor).toBe(10);
    expect(perMinute(thin.requests)).toEqual([6, 12, 0, 6]);
    expect(peakRate(periods)).toBe(120 / 60_000);
    const gap = [...periods, { at: T0 + 86_400_000, requests: 60 }];
    expect(peakRate(gap)).toBe(120 / 60_000);
    expect(
      expandCounts(gap, 1000, 1).requests.filter((one) => one.at > T0 + 240_000 && one.at < T0 + 86_400_000),
    ).toEqual([]);
  });
});
