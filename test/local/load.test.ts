import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { erlang, startGenerator } from "../../local/generator.ts";
import { dayShape, traceShape } from "../../local/load-shape.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const mean = (shape: (at: number) => number) => {
  let sum = 0;
  for (let at = 0; at < DAY; at += 60_000) sum += shape(at);
  return sum / 1440;
};

/** Random numbers that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function server(answer: (respond: (status: number) => void) => void): Promise<string> {
  const http = createServer((_request, response) => answer((status) => response.writeHead(status).end()));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

test.each([
  [110, 200],
  [40, 75],
  [10, 100],
  [50, 55],
])("a day of mean %d and peak %d has that mean and that peak, in the afternoon", (wantedMean, peak) => {
  const shape = dayShape(wantedMean, peak);
  expect(mean(shape)).toBeCloseTo(wantedMean, 3);
  expect(shape(15 * HOUR)).toBeCloseTo(peak, 6);
  expect(shape(3 * HOUR)).toBeLessThan(wantedMean);
  expect(shape(3 * HOUR)).toBeGreaterThanOrEqual(0);
});

test("the load rises through the first virtual hour after the start", () => {
  const shape = dayShape(110, 200);
  expect(shape(8 * HOUR)).toBeGreaterThan(shape(7 * HOUR) * 1.2);
});

test("a recorded load is scaled to the mean, runs in lines between points and starts over at its end", () => {
  const points = [0, 60_000, 120_000, 300_000].map((at, index) => ({
    at: at + 1_000_000,
    value: [10, 20, 30, 60][index] ?? 0,
  }));
  const shape = traceShape({ points, stepMs: 60_000 }, 3, 5_000);
  expect(shape(5_000)).toBeCloseTo(1);
  expect(shape(35_000)).toBeCloseTo(1.5);
  expect(shape(125_000)).toBeCloseTo(3);
  expect(shape(5_000 + 210_000)).toBeCloseTo(4.5);
  expect(shape(5_000 + 360_000)).toBeCloseTo(1);
  expect(shape(5_000 - 360_000)).toBeCloseTo(1);
});

test("a record of zeros is no load", () => {
  const points = [0, 60_000].map((at) => ({ at, value: 0 }));
  expect(traceShape({ points, stepMs: 60_000 }, 3, 0)(10_000)).toBe(0);
});

test("arrivals come at the rate asked for and are counted to the last one", async () => {
  const url = await server((respond) => respond(200));
  const began = performance.now();
  const generator = startGenerator({ url, path: "/", shape: () => 200, now: Date.now, random: seeded(7) });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await generator.stop();
  const expected = 200 * ((performance.now() - began) / 1000);
  const { offered, completed, failed, shed, inFlight } = generator.counts;
  // Five standard deviations of a Poisson count.
  expect(Math.abs(offered - expected)).toBeLessThan(5 * Math.sqrt(expected));
  expect({ completed, failed, shed, inFlight }).toEqual({ completed: offered, failed: 0, shed: 0, inFlight: 0 });
});

test.each([1, 7, 120])("gaps between arrivals have mean 1 and variance 1/k (k = %d)", (k) => {
  const random = seeded(k);
  const draws = Array.from({ length: 20_000 }, () => erlang(k, random));
  const average = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const variance = draws.reduce((sum, draw) => sum + (draw - average) ** 2, 0) / draws.length;
  expect(Math.abs(average - 1)).toBeLessThan(5 / Math.sqrt(20_000 * k));
  expect(Math.abs(variance * k - 1)).toBeLessThan(0.15);
});

test("arrivals do not wait for answers, but not more than allowed are in flight", async () => {
  const held: ((status: number) => void)[] = [];
  const url = await server((respond) => held.push(respond));
  const generator = startGenerator({
    url,
    path: "/",
    shape: () => 500,
    now: Date.now,
    random: seeded(3),
    mostInFlight: 20,
  });
  while (generator.counts.shed < 10) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(generator.counts.inFlight).toBe(20);
  while (held.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const respond of held) respond(200);
  const stopped = generator.stop();
  for (const respond of held.slice(20)) respond(200);
  await stopped;
  expect(generator.counts.offered).toBe(generator.counts.completed + generator.counts.failed + generator.counts.shed);
});

test("errors and refused connections are failures, not completions", async () => {
  const url = await server((respond) => respond(503));
  const generator = startGenerator({ url, path: "/", shape: () => 200, now: Date.now, random: seeded(5) });
  while (generator.counts.failed < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  await generator.stop();
  expect(generator.counts.completed).toBe(0);
});

test("no load is asked for while the rate is zero, and it starts when the rate rises", async () => {
  const url = await server((respond) => respond(200));
  let rate = 0;
  const generator = startGenerator({ url, path: "/", shape: () => rate, now: Date.now, random: seeded(9) });
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(generator.counts.offered).toBe(0);
  rate = 300;
  while (generator.counts.completed < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  await generator.stop();
});
