import { InMemoryProvider, OpenFeature, type Provider } from "@openfeature/server-sdk";
import * as v from "valibot";
import { createFlagProvider } from "../flags/main.ts";
import { compileFlag } from "../shared/core/delivery/flags/compile.ts";
import { evaluate } from "../shared/core/delivery/flags/evaluate.ts";
import { FlagSection } from "../shared/core/delivery/flags/section.ts";
import { snapshotOf } from "../shared/core/delivery/flags/snapshot.ts";
import { type Row, row } from "./row.ts";

/** Rounds so short that most are not interrupted by what else the machine does; the first ones warm up. */
const CALLS = 10_000;
const ROUNDS = 60;
const AWAITED = 1_000;
const BAR_NS = 1_000;

const SPECS = {
  plain: v.parse(FlagSection, {}),
  /** What most flags are: a rule for some, and a share of everybody else. */
  targeted: v.parse(FlagSection, {
    rules: [
      { if: [{ attribute: "team", op: "in", values: ["core", "ops"] }], serve: "on" },
      {
        if: [
          { attribute: "plan", op: "in", values: ["pro", "team"] },
          { attribute: "app", op: "semver_gte", value: "2.4.0" },
        ],
        serve: { rollout: { on: 40, off: 60 } },
      },
    ],
    rollout: { percent: 10 },
  }),
  split: v.parse(FlagSection, { rollout: { percent: 10 } }),
};

/** People with keys as they are: most of them once. */
const PEOPLE = Array.from({ length: 1_024 }, (_, index) => ({
  targetingKey: `user-${index * 7919}-${index.toString(16)}`,
  team: index % 50 === 0 ? "core" : "sales",
  plan: index % 3 === 0 ? "pro" : "free",
  app: `2.${index % 9}.1`,
}));
type Person = (typeof PEOPLE)[number];

let sink = 0;

/** ns per call: of several rounds the fastest, all cases in turn, so that what else the machine does meets all alike. */
function fastest(cases: Readonly<Record<string, (person: Person) => unknown>>): Readonly<Record<string, number>> {
  const best: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, work] of Object.entries(cases)) {
      const from = performance.now();
      for (let call = 0; call < CALLS; call += 1) if (work(PEOPLE[call & 1_023] as Person) !== undefined) sink += 1;
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, ((performance.now() - from) * 1e6) / CALLS);
    }
  }
  return best;
}

async function fastestAwaited(cases: Readonly<Record<string, (person: Person) => Promise<unknown>>>) {
  const best: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, work] of Object.entries(cases)) {
      const from = performance.now();
      for (let call = 0; call < AWAITED; call += 1) await work(PEOPLE[call & 1_023] as Person);
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, ((performance.now() - from) * 1e6) / AWAITED);
    }
  }
  return best;
}

/** The library from a bootstrap: nothing is asked while it is measured. */
function library() {
  const flags = Object.fromEntries(Object.entries(SPECS).map(([name, spec]) => [name, { spec }]));
  return createFlagProvider({
    url: "http://127.0.0.1:1",
    bootstrap: snapshotOf(flags),
    pollMs: 86_400_000,
    warn: () => {},
    fetch: async () => new Response(null, { status: 304 }),
  });
}

/** The peer's flags: a value, and one by a function of the context (it has no rules and no shares of its own). */
const peer = () =>
  new InMemoryProvider({
    plain: { variants: { on: true, off: false }, defaultVariant: "off", disabled: false },
    targeted: {
      variants: { on: true, off: false },
      defaultVariant: "off",
      disabled: false,
      contextEvaluator: ({ team, plan }) => (team === "core" || plan === "pro" ? "on" : "off"),
    },
  });

/** Flag evaluation in a process beside OpenFeature's own provider in memory, raw and through its client, in one run. */
export async function bench(): Promise<readonly Row[]> {
  const { targeted, split, plain } = {
    targeted: compileFlag("targeted", SPECS.targeted),
    split: compileFlag("split", SPECS.split),
    plain: compileFlag("plain", SPECS.plain),
  };
  const now = Date.now();
  const ours = library();
  await ours.initialize();
  const ns = fastest({
    plain: (person) => evaluate(plain, person, now),
    split: (person) => evaluate(split, person, now),
    targeted: (person) => evaluate(targeted, person, now),
    library: (person) => ours.evaluate("targeted", "boolean", person),
  });
  const memory = peer();
  const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
  await OpenFeature.setProviderAndWait("ours", ours as Provider);
  await OpenFeature.setProviderAndWait("peer", memory);
  const [ourClient, peerClient] = [OpenFeature.getClient("ours"), OpenFeature.getClient("peer")];
  const awaited = await fastestAwaited({
    ours: (person) => ours.resolveBooleanEvaluation("targeted", false, person),
    oursPlain: (person) => ours.resolveBooleanEvaluation("plain", false, person),
    peer: (person) => memory.resolveBooleanEvaluation("targeted", false, person, silent),
    peerPlain: (person) => memory.resolveBooleanEvaluation("plain", false, person, silent),
    ourClient: (person) => ourClient.getBooleanValue("targeted", false, person),
    peerClient: (person) => peerClient.getBooleanValue("targeted", false, person),
  });
  await OpenFeature.clearProviders();
  if (sink === 0) throw new Error("nothing was evaluated");
  const name = "OpenFeature InMemoryProvider";
  const figure = (measure: string, value: number, peerValue?: number, bar: number | undefined = BAR_NS) =>
    row("delivery-flags", {
      measure,
      value,
      unit: "ns",
      ...(bar > 0 ? { bar } : {}),
      ...(peerValue === undefined ? {} : { peer: { name, value: peerValue } }),
    });
  return [
    figure("flag evaluation, no rules", ns["plain"] as number),
    figure("flag evaluation, a share of all", ns["split"] as number),
    figure("flag evaluation, two rules and shares", ns["targeted"] as number),
    figure("flag evaluation, from the library, counted", ns["library"] as number, awaited["peer"]),
    figure("provider, awaited, no rules", awaited["oursPlain"] as number, awaited["peerPlain"]),
    figure("provider, awaited, two rules and shares", awaited["ours"] as number, awaited["peer"]),
    figure("OpenFeature client, awaited", awaited["ourClient"] as number, awaited["peerClient"], 0),
  ];
}
