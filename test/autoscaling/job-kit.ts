import { command, evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE, world } from "../api/kit.ts";
import { type FakeFlink, fakeFlink } from "../fakes/flink-cluster.ts";
import { fakeJobs } from "../fakes/flink-jobs.ts";

export const tenant = "default";
export const api = { type: "api", detail: "test" } as const;
export const ID = "a".repeat(32);

export const yaml = (more = "", policy = "{ type: flink, window: 1m, stabilization: 0s }") => `
version: 1
services:
  orders:
    flink: { url: "http://flink:8081", job: "orders*"${more} }
  flow:
    managedFlink: { application: flow-app, region: eu-west-1 }
autoscaling:
  orders:
    mode: act
    min: 1
    max: 6
    policies: [${policy}]
`;
export const AGAIN = ', savepoints: "s3://b/sp", jarId: jar, entryClass: Job, args: ["--rate", "5"]';

export interface Options {
  readonly adaptive?: boolean;
  readonly config?: string;
  /** A cluster that does not answer. */
  readonly dead?: () => boolean;
}

/** One job on a cluster, a minute after it was submitted, and Headgate beside it. */
export async function place({ adaptive = true, config = yaml(), dead = () => false }: Options = {}) {
  const w = await world({ config });
  const flink: FakeFlink = fakeFlink(w.clock.now, { adaptive });
  flink.jars.set("jar", { id: "jar", name: "orders.jar", text: "a job" });
  flink.submit({ id: "jar", name: "orders.jar", text: "a job" }, ID, "orders-v7");
  w.clock.advance(MINUTE);
  const calls: string[] = [];
  const jobs = fakeJobs(flink, "orders", async (what, effect) => {
    calls.push(what);
    if (dead()) throw new HeadgateError("jobs.unavailable", "Flink at flink:8081: nobody answers", { retryable: true });
    return effect();
  });
  const runtime: Runtime = { ...w.runtime, jobs };
  const look = async () => {
    const [one] = await evaluateServices(runtime, { tenant, trigger: api });
    if (one?.error) throw one.error;
    return one?.result;
  };
  const override = (desired: number) =>
    command(runtime, {
      tenant,
      service: "orders",
      trigger: api,
      input: { kind: "override", by: "anna", why: "a test", desired, until: w.clock.now() + 60 * MINUTE },
    });
  const texts = (record: DecisionRecord | undefined) => record?.trace.map(({ text }) => text).join("\n") ?? "";
  return { w, flink, calls, runtime, look, override, texts };
}
