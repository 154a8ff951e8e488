import { join } from "node:path";
import * as v from "valibot";
import type { Circuit } from "../shared/core/kernel/circuit.ts";
import type { Circuits } from "../shared/core/ports/circuits.ts";
import { BreakerPolicySchema } from "../shared/core/traffic/breaker/policy.ts";
import { dynamodbCircuits } from "../shared/edge/dynamodb-circuits.ts";
import { memoryCircuits } from "../shared/edge/memory-circuits.ts";
import { openSqlite } from "../shared/edge/sqlite.ts";
import { sharedBreakers } from "../shared/shell/breakers.ts";
import { startDynalite } from "../test/contract/dynalite.ts";
import { withFolder } from "./parts.ts";
import { type Figure, type Row, row } from "./row.ts";
import { median } from "./timing.ts";
import { alone, draws, type StoryOptions, together } from "./traffic/story.ts";

const NOW = 1_767_571_200_000;
const key = { tenant: "default", circuit: "payments" };
const CLAIMS = 50;
const ROUNDS = 5;

const open = (epoch: number): Circuit => ({
  v: 1,
  status: "open",
  epoch,
  rev: epoch,
  since: NOW,
  openUntil: NOW,
  opens: 1,
  probes: [],
  successes: 0,
});

/** Fifty who claim one probe at once, several rounds; 200 failures and 260 taken back at once. */
async function storeFigures(name: string, circuits: Circuits): Promise<readonly Figure[]> {
  const winners: number[] = [];
  const times: number[] = [];
  await circuits.change(key, { rev: 0, epoch: 0 }, open(1), { at: NOW });
  for (let round = 1; round <= ROUNDS; round += 1) {
    const from = performance.now();
    const results = await Promise.all(
      Array.from({ length: CLAIMS }, (_, nth) =>
        circuits.change(key, { rev: round, epoch: round }, { ...open(round + 1), opens: nth }, { at: NOW }),
      ),
    );
    times.push(performance.now() - from);
    winners.push(results.filter(({ ok }) => ok).length);
  }
  const counted = { tenant: "default", circuit: "counted" };
  const add = (failures: number) => circuits.add(counted, { epoch: 0, add: { failures }, at: NOW });
  await Promise.all(Array.from({ length: 200 }, () => add(1)));
  const reached = (await circuits.load(counted))?.counts["failures"] ?? 0;
  await Promise.all(Array.from({ length: 260 }, () => add(-1)));
  const left = (await circuits.load(counted))?.counts["failures"] ?? -1;
  return [
    {
      measure: `${name}: probes won of ${CLAIMS} claimed at once, worst of ${ROUNDS} rounds`,
      value: Math.max(...winners, 2 - Math.min(...winners)),
      unit: "winners",
      bar: 1,
    },
    { measure: `${name}: ${CLAIMS} claims at once, all answered`, value: median(times), unit: "ms" },
    { measure: `${name}: 200 failures at once`, value: reached, unit: "counted", bar: 200, better: "near" },
    { measure: `${name}: 260 taken back at once of 200`, value: left, unit: "left", bar: 0 },
  ];
}

/** Reads and writes of a healthy fleet for ten minutes in virtual time, after one to settle. */
async function healthy(rule: "consecutive" | "rate"): Promise<readonly Figure[]> {
  const clock = { now: NOW };
  const policy = v.parse(BreakerPolicySchema, rule);
  const random = draws(3);
  const circuits = memoryCircuits(() => clock.now);
  const fleet = Array.from({ length: 50 }, (_, nth) =>
    sharedBreakers({
      circuits,
      tenant: "default",
      policyOf: () => policy,
      now: () => clock.now,
      wallNow: () => clock.now,
      random,
      environment: `environment-${nth}`,
    }),
  );
  const sum = (what: "read" | "write") => fleet.reduce((total, one) => total + one.stats()[what], 0);
  const play = async (seconds: number) => {
    for (const end = clock.now + seconds * 1_000; clock.now < end; clock.now += 1)
      await fleet[clock.now % 50]?.get("payments").run(async () => undefined);
  };
  await play(60);
  const before = { read: sum("read"), write: sum("write") };
  const seconds = 300;
  await play(seconds);
  const said = `50 healthy environments, 1,000 calls/s, rule ${rule}`;
  const naive = { name: "read and write on every call", value: 1_000 };
  return [
    { measure: `${said}: reads`, value: (sum("read") - before.read) / seconds, unit: "/s", bar: 10, peer: naive },
    { measure: `${said}: writes`, value: (sum("write") - before.write) / seconds, unit: "/s", bar: 1, peer: naive },
  ];
}

const OUTAGE: StoryOptions = {
  policy: v.parse(BreakerPolicySchema, "consecutive"),
  environments: 20,
  callsPerSecond: 5,
  seconds: 300,
  phases: [
    { fromSecond: 0, failing: 0.002 },
    { fromSecond: 120, failing: 1 },
    { fromSecond: 240, failing: 0 },
  ],
  seed: 20,
};
const PARTIAL: StoryOptions = { ...OUTAGE, phases: [...OUTAGE.phases.slice(0, 1), { fromSecond: 60, failing: 0.3 }] };

async function doomed(name: string, story: StoryOptions): Promise<readonly Figure[]> {
  const [shared, inMemory] = [await together(story), await alone(story)];
  const peer = { name: "the same rule in each environment's memory", value: inMemory.doomed };
  return [
    {
      measure: `20 environments, ${name}: doomed calls`,
      value: shared.doomed,
      unit: "calls",
      bar: inMemory.doomed / 2,
      peer,
    },
    {
      measure: `20 environments, ${name}: last stale call after the opening`,
      value: shared.lateMs,
      unit: "ms",
      bar: 5_000,
    },
  ];
}

/** Circuits that are shared: in each store, and what a fleet costs and saves. */
export async function rows(): Promise<readonly Row[]> {
  const figures: Figure[] = [];
  figures.push(
    ...(await storeFigures(
      "memory",
      memoryCircuits(() => NOW),
    )),
  );
  await withFolder(async (folder) => {
    const file = openSqlite(join(folder, "headgate.db"), () => NOW);
    figures.push(...(await storeFigures("SQLite", file.circuits)));
    await file.close();
  });
  const dynalite = await startDynalite();
  const circuits = dynamodbCircuits({ client: dynalite.client, table: await dynalite.table(), now: () => NOW });
  figures.push(...(await storeFigures("DynamoDB (dynalite)", circuits)));
  await dynalite.close();
  figures.push(...(await healthy("consecutive")), ...(await healthy("rate")));
  figures.push(...(await doomed("all calls fail for two minutes", OUTAGE)));
  figures.push(...(await doomed("three of ten calls fail for four minutes", PARTIAL)));
  return figures.map((figure) => row("traffic", figure));
}
