import { Agent, request } from "node:http";
import type { Millis } from "../shared/core/kernel/time.ts";
import type { Shape } from "./load-shape.ts";

/** What was offered and what came back; everything only grows, but `inFlight`. */
export interface GeneratorCounts {
  /** Arrivals drawn, sent or not. */
  offered: number;
  /** Answered below 500. */
  completed: number;
  /** Answered with 500 or more, or not at all. */
  failed: number;
  /** Not sent, because too many were in flight already. */
  shed: number;
  inFlight: number;
}

export interface Generator {
  readonly counts: GeneratorCounts;
  /** Requests per real second asked for now. */
  rate(): number;
  /** Sends no more; ends when what is in flight has come back or was given up. */
  stop(): Promise<void>;
}

export interface GeneratorOptions {
  readonly url: string;
  readonly path: string;
  readonly shape: Shape;
  /** Virtual. */
  readonly now: () => Millis;
  readonly random: () => number;
  readonly mostInFlight?: number;
  /** Real ms before a request counts as failed. */
  readonly timeoutMs?: number;
  /**
   * How regular arrivals are: 1 is a Poisson process. Time that runs k times as fast has k times fewer requests in a virtual
   * minute than the real minute it stands for, and would be √k times as noisy; gaps that are the mean of k exponential ones
   * (Erlang-k) give a virtual minute the noise of a real one.
   */
  readonly regularity?: number;
}

/** The longest the generator waits before it looks at the shape again, in real ms. */
const LOOK_MS = 50;
/** Arrivals missed for longer than this (the machine slept) are not made up for, in real ms. */
const CATCH_UP_MS = 1000;

/** Mean of `count` exponential draws of mean 1. Products of a few uniforms save logarithms and cannot underflow. */
export function erlang(count: number, random: () => number): number {
  let sum = 0;
  let product = 1;
  for (let index = 1; index <= count; index++) {
    product *= 1 - random();
    if (index % 16 === 0 || index === count) {
      sum -= Math.log(product);
      product = 1;
    }
  }
  return sum / count;
}

/**
 * Open-loop load: arrivals at random, at a rate that follows the shape, whether or not answers come back, as the public
 * behaves. A loop that waited for answers would slow down with the service and hide its trouble.
 */
export function startGenerator(options: GeneratorOptions): Generator {
  const counts: GeneratorCounts = { offered: 0, completed: 0, failed: 0, shed: 0, inFlight: 0 };
  const most = options.mostInFlight ?? 2000;
  const agent = new Agent({ keepAlive: true, maxSockets: most, maxFreeSockets: 128 });
  const target = new URL(options.path, options.url);
  const drained: (() => void)[] = [];
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const rate = () => options.shape(options.now());

  const done = (ok: boolean) => {
    counts.inFlight--;
    if (ok) counts.completed++;
    else counts.failed++;
    if (stopped && counts.inFlight === 0) for (const resolve of drained) resolve();
  };
  const send = () => {
    counts.offered++;
    if (counts.inFlight >= most) {
      counts.shed++;
      return;
    }
    counts.inFlight++;
    let open = true;
    const finish = (ok: boolean) => {
      if (!open) return;
      open = false;
      done(ok);
    };
    const sent = request(target, { agent, timeout: options.timeoutMs ?? 30_000 }, (response) => {
      response.resume();
      response.once("close", () => finish(response.complete && (response.statusCode ?? 500) < 500));
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => finish(false));
    sent.end();
  };

  // Time is spent as "expected arrivals": the next one comes when the integral of the rate reaches an exponential draw.
  // Exact also while the rate changes.
  const draw = () => erlang(options.regularity ?? 1, options.random);
  let owed = draw();
  let last = performance.now();
  const turn = () => {
    if (stopped) return;
    const now = performance.now();
    const current = rate();
    owed -= (current * Math.min(now - last, CATCH_UP_MS)) / 1000;
    last = now;
    while (owed <= 0) {
      send();
      owed += draw();
    }
    timer = setTimeout(turn, Math.min(LOOK_MS, current > 0 ? (owed / current) * 1000 : LOOK_MS));
  };
  turn();

  return {
    counts,
    rate,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      if (counts.inFlight > 0) await new Promise<void>((resolve) => drained.push(resolve));
      agent.destroy();
    },
  };
}
