import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ConsecutiveBreaker, CountBreaker, circuitBreaker, handleAll, SamplingBreaker } from "cockatiel";
import Opossum from "opossum";
import * as v from "valibot";
import { type LocalBreaker, localBreaker } from "../shared/core/traffic/breaker/local.ts";
import { type BreakerPolicy, BreakerPolicySchema } from "../shared/core/traffic/breaker/policy.ts";
import { type Row, row } from "./row.ts";

/** Rounds so short that most are not interrupted by what else the machine does; the first ones warm up. */
const CALLS = 5_000;
const ROUNDS = 120;
const BREAKERS = 10_000;
const SURROUNDINGS = { now: Date.now, random: Math.random };

type Work = () => Promise<unknown>;

const policyOf = (spec: unknown): BreakerPolicy => v.parse(BreakerPolicySchema, spec);
const answer: Work = async () => 1;
const broken: Work = async () => {
  throw new Error("down");
};

/** ns per awaited call: of several rounds the fastest, all cases in turn, so that what else the machine does meets all alike. */
async function fastest(cases: Readonly<Record<string, Work>>): Promise<Readonly<Record<string, number>>> {
  const best: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, work] of Object.entries(cases)) {
      const from = performance.now();
      for (let call = 0; call < CALLS; call += 1) await work();
      const ns = ((performance.now() - from) * 1e6) / CALLS;
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, ns);
    }
  }
  return best;
}

/** What a refused call costs with its `catch`; the bare call has one too. */
const caught =
  (work: Work): Work =>
  async () => {
    try {
      return await work();
    } catch {
      return undefined;
    }
  };

async function opened(breaker: LocalBreaker): Promise<LocalBreaker> {
  for (let call = 0; call < 5; call += 1) await breaker.run(broken).catch(() => {});
  return breaker;
}

const cockatielBreakers = () => {
  const halfOpenAfter = 60_000;
  return {
    "cockatiel consecutive": circuitBreaker(handleAll, { halfOpenAfter, breaker: new ConsecutiveBreaker(5) }),
    "cockatiel count": circuitBreaker(handleAll, {
      halfOpenAfter,
      breaker: new CountBreaker({ threshold: 0.5, size: 100 }),
    }),
    "cockatiel sampling": circuitBreaker(handleAll, {
      halfOpenAfter,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 60_000 }),
    }),
  };
};

/** A breaker in front of a call that answers, and of one that is refused: what it adds to a bare awaited call. */
async function callRows(): Promise<readonly Row[]> {
  const make = (spec: unknown) => localBreaker(policyOf(spec), SURROUNDINGS);
  const ours = {
    consecutive: make("consecutive"),
    rate: make("rate"),
    "rate, calls": make({ rule: "rate", window: { calls: 100 } }),
  };
  const tickets = make("consecutive");
  const refusing = await opened(make("consecutive"));
  const opossum = new Opossum(answer, { timeout: false });
  const opossumOpen = new Opossum(answer, { timeout: false });
  opossumOpen.open();
  const cockatiel = cockatielBreakers();
  const cockatielOpen = cockatielBreakers()["cockatiel consecutive"];
  for (let call = 0; call < 5; call += 1) await cockatielOpen.execute(broken).catch(() => {});
  const ns = await fastest({
    bare: answer,
    bareCaught: caught(answer),
    ...Object.fromEntries(Object.entries(ours).map(([name, breaker]) => [name, () => breaker.run(answer)])),
    tickets: () => {
      const ticket = tickets.tryAdmit();
      tickets.succeeded(ticket, 1);
      return answer();
    },
    ...Object.fromEntries(Object.entries(cockatiel).map(([name, breaker]) => [name, () => breaker.execute(answer)])),
    opossum: () => opossum.fire(),
    refused: caught(() => refusing.run(answer)),
    "cockatiel refused": caught(() => cockatielOpen.execute(answer)),
    "opossum refused": caught(() => opossumOpen.fire()),
  });
  opossum.shutdown();
  opossumOpen.shutdown();
  const added = (name: string, to = "bare") => Math.max(0, (ns[name] as number) - (ns[to] as number));
  const figure = (measure: string, name: string, peer: string, bar: number | undefined, to = "bare") =>
    row("traffic", {
      measure,
      value: added(name, to),
      unit: "ns",
      ...(bar === undefined ? {} : { bar }),
      peer: { name: peer.replace(" refused", ""), value: added(peer, to) },
    });
  return [
    figure("breaker, closed, consecutive: added", "consecutive", "cockatiel consecutive", 100),
    figure("breaker, closed, consecutive: added", "consecutive", "opossum", undefined),
    figure("breaker, closed, rate over time: added", "rate", "cockatiel sampling", undefined),
    figure("breaker, closed, rate over calls: added", "rate, calls", "cockatiel count", undefined),
    figure("breaker, closed, tickets: added", "tickets", "cockatiel consecutive", 100),
    figure("breaker, refused: added", "refused", "cockatiel refused", 300, "bareCaught"),
    figure("breaker, refused: added", "refused", "opossum refused", undefined, "bareCaught"),
  ];
}

/** Bytes of heap (with array buffers) that each of many takes, after one call each. */
async function heapOf<T>(make: (index: number) => T, call: (one: T) => Promise<unknown>): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  // Once before, so that what is made for the first of its kind is not counted.
  await call(make(-1));
  const before = used();
  const all = Array.from({ length: BREAKERS }, (_, index) => make(index));
  for (const one of all) await call(one);
  const bytes = (used() - before) / all.length;
  return all.length === BREAKERS ? bytes : Number.NaN;
}

async function heapRows(): Promise<readonly Row[]> {
  const local = (spec: unknown) => {
    const policy = policyOf(spec);
    return heapOf(
      (index) => localBreaker(policy, { ...SURROUNDINGS, name: `orders/${index}` }),
      (breaker) => breaker.run(answer),
    );
  };
  const opossums: Opossum[] = [];
  const opossum = await heapOf(
    (index) => {
      const one = new Opossum(answer, { timeout: false, name: `orders/${index}` });
      opossums.push(one);
      return one;
    },
    (breaker) => breaker.fire(),
  );
  for (const one of opossums) one.shutdown();
  const cockatiel = await heapOf(
    () => circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) }),
    (breaker) => breaker.execute(answer),
  );
  const figure = (measure: string, value: number, peer: string, peerValue: number) =>
    row("traffic", { measure, value, unit: "bytes", bar: 1024, peer: { name: peer, value: peerValue } });
  return [
    figure("breaker, heap, consecutive", await local("consecutive"), "cockatiel", cockatiel),
    figure("breaker, heap, rate over time", await local("rate"), "opossum", opossum),
    figure(
      "breaker, heap, rate over 100 calls",
      await local({ rule: "rate", window: { calls: 100 } }),
      "opossum",
      opossum,
    ),
  ];
}

/** The breaker of a process beside cockatiel and opossum, in one run. */
export const rows = async (): Promise<readonly Row[]> => [...(await callRows()), ...(await heapRows())];
