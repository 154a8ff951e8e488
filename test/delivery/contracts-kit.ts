import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { VersionCounts } from "../../shared/core/ports/counts.ts";
import { world } from "../api/kit.ts";
import { countsBy, DELIVERY, TICK } from "./hooks-kit.ts";

/** Requests of the whole service in one tick, and how many per thousand of the old version's fail. */
const TRAFFIC = 4_000;
const NORMAL = 10;

/** What one version got of the traffic from an instant on, and how many of a thousand of its requests fail. */
export interface Mark {
  readonly at: number;
  readonly weight: number;
  readonly errors: number;
}

/**
 * A control plane behind a real socket, and a service whose traffic somebody else divides. Counts come from the shares as they were: a
 * version without traffic has counts of zero.
 */
export async function loopback(config = DELIVERY) {
  const w = await world({ config });
  w.clock.advance(4 * 3_600_000);
  const marks: Mark[] = [];
  let names = { canary: "orders", baseline: "orders-primary" };
  let dark = false;
  const served = (at: number): Mark =>
    marks.filter((mark) => mark.at <= at).at(-1) ?? { at: 0, weight: 0, errors: NORMAL };
  const arm = (weight: number, errors: number, at: number): VersionCounts => {
    const requests = Math.round((TRAFFIC * weight) / 100);
    const wave = (at / TICK) % 2 === 0 ? 1.06 : 0.94;
    const count = (perThousand: number) => Math.min(requests, Math.round((requests * perThousand * wave) / 1_000));
    return { requests, errors: count(errors), slow: count(10) };
  };
  Object.assign(w.runtime, {
    counts: () =>
      countsBy((version, at) => {
        const { weight, errors } = served(at);
        if (version === names.canary) return dark ? undefined : arm(weight, errors, at);
        return version === names.baseline ? arm(100 - weight, NORMAL, at) : undefined;
      }),
  });
  const server = createAdaptorServer({ fetch: w.app.fetch });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...w,
    url,
    /** From now on. */
    serve: (weight: number, errors: number) => void marks.push({ at: w.clock.now(), weight, errors }),
    called: (canary: string, baseline: string) => {
      names = { canary, baseline };
    },
    /** Nothing of the new version is counted any more. */
    darken: () => {
      dark = true;
    },
    minutes: (count: number) => w.clock.advance(count * 60_000),
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

export type Loopback = Awaited<ReturnType<typeof loopback>>;

export interface Rollout {
  readonly checksum: string;
  readonly errors: (weight: number, minute: number) => number;
  /** Somebody opens the gate after so many minutes. */
  readonly opensAt?: number;
  readonly noTraffic?: boolean;
}

/** Flagger's canary (stepWeight 10, maxWeight 50, threshold 5), as its controller calls its webhooks: once a minute, 202 and below is yes. */
export async function flagger(w: Loopback, rollout: Rollout, most = 60) {
  const calls: { readonly type: string; readonly status: number; readonly text: string }[] = [];
  const weights: number[] = [0];
  const { checksum, errors, opensAt, noTraffic } = rollout;
  let phase = "Initialized";
  const ask = async (type: string, metadata?: object): Promise<boolean> => {
    const response = await fetch(`${w.url}/hooks/flagger/${type}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "orders", namespace: "shop", phase, checksum, ...(metadata ? { metadata } : {}) }),
    });
    const { status } = response;
    calls.push({ type, status, text: await response.text() });
    return status <= 202;
  };
  const event = (eventMessage: string) =>
    ask("event", { eventMessage, eventType: "Normal", timestamp: `${w.clock.now()}` });
  let [weight, failed] = [0, 0];
  const shift = (to: number) => {
    weight = to;
    weights.push(to);
  };
  const back = async () => {
    w.serve(0, 0);
    phase = "Failed";
    await ask("post-rollout");
  };
  for (let minute = 0; minute < most && phase !== "Failed" && phase !== "Succeeded"; minute += 1) {
    if (minute === opensAt) await ask("gate/open");
    await tick();
    if (phase === "Progressing" || phase === "WaitingPromotion")
      w.serve(noTraffic ? 0 : weight, errors(weight, minute));
    w.minutes(1);
  }
  return { phase, calls, weights, called: (type: string) => calls.filter((call) => call.type === type) };

  async function tick(): Promise<void> {
    if (phase === "Initialized" || phase === "Waiting") {
      const yes = await ask("confirm-rollout");
      phase = yes ? "Progressing" : "Waiting";
      if (yes) await event("New revision detected! Scaling up orders.shop");
      return;
    }
    if (await ask("rollback")) return back();
    if (failed >= 5) return back();
    const passed = weight === 0 ? await ask("pre-rollout") : await ask("rollout");
    if (!passed) {
      failed += 1;
      return;
    }
    if (phase !== "WaitingPromotion" && !(await ask("confirm-traffic-increase"))) return;
    if (weight < 50) return shift(weight + 10);
    phase = "WaitingPromotion";
    if (!(await ask("confirm-promotion"))) return;
    w.serve(0, 0);
    phase = "Succeeded";
    await ask("post-rollout");
    await event("Promotion completed! Scaling down orders.shop");
  }
}

interface Measurement {
  readonly phase: "Successful" | "Failed" | "Inconclusive" | "Error";
  readonly value: unknown;
}

/**
 * Argo's AnalysisRun with a web metric: result.ok is success, result.verdict == 'fail' failure, neither inconclusive. Limits: no failure,
 * 20 inconclusive, 4 errors in a row. It ends at the first limit that is passed.
 */
export async function analysisRun(
  w: Loopback,
  request: (index: number) => { readonly path: string; readonly init?: RequestInit },
  before: (index: number) => void = () => {},
  count = 20,
) {
  const measured: Measurement[] = [];
  let errorsInRow = 0;
  for (let index = 0; index < count; index += 1) {
    before(index);
    w.clock.advance(TICK);
    const { path, init } = request(index);
    const response = await fetch(w.url + path, { headers: { accept: "*/*" }, ...init });
    const text = await response.text();
    const one = ((): Measurement => {
      if (response.status < 200 || response.status >= 300) return { phase: "Error", value: text };
      const { data } = JSON.parse(text) as { data: { ok: boolean; verdict: string } };
      if (data.verdict === "fail") return { phase: "Failed", value: data };
      return { phase: data.ok ? "Successful" : "Inconclusive", value: data };
    })();
    measured.push(one);
    errorsInRow = one.phase === "Error" ? errorsInRow + 1 : 0;
    if (one.phase === "Failed") return { phase: "Failed", measured };
    if (errorsInRow > 4) return { phase: "Error", measured };
  }
  const inconclusive = measured.filter(({ phase }) => phase === "Inconclusive").length;
  return { phase: inconclusive > 20 ? "Inconclusive" : "Successful", measured };
}
