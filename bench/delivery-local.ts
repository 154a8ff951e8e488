import { setTimeout as sleep } from "node:timers/promises";
import { processStart } from "../local/process-identity.ts";
import { type Load, type Seen, startLoad } from "./delivery-local/load.ts";
import { processesOf, type Stack, startStack, writeConfig } from "./delivery-local/stack.ts";
import { withFolder } from "./parts.ts";
import { type Row, row } from "./row.ts";

const NOUN = "delivery-local";
const PER_SECOND = 500;
/** A tick of 30 s is half a real second. */
const SPEED = 60;
/** Ticks of history that the gate gets: so long the old version is served alone before. */
const HISTORY = 20;
const WARM_MS = (HISTORY + 2) * 500;
/** Bar, seconds of the wall. */
const BAR_S = 60;

interface View {
  readonly rollout?: {
    readonly version: string;
    readonly phase: string;
    readonly step: number;
    readonly failure?: { readonly text: string };
  };
  readonly versions: readonly { readonly version: string; readonly ready: number }[];
}

interface Told {
  readonly phase: string;
  readonly failure: string | undefined;
  readonly seconds: number;
  readonly versions: readonly string[];
  readonly seen: Seen;
}

const look = (stack: Stack) => stack.ask<View>("GET", "/delivery/orders");

async function until(stack: Stack, version: string, wanted: (view: View) => boolean, mostMs: number): Promise<View> {
  const began = performance.now();
  for (;;) {
    const view = await look(stack);
    if (view.rollout?.version === version && wanted(view)) return view;
    if (performance.now() - began > mostMs) throw new Error(`still ${view.rollout?.phase} after ${mostMs} ms`);
    await sleep(100);
  }
}

const isOver = ({ rollout }: View): boolean => rollout?.phase === "promoted" || rollout?.phase === "rolled_back";

async function deploy(stack: Stack, version: string, environment: Readonly<Record<string, string>>): Promise<void> {
  await stack.ask("POST", "/delivery/orders/releases", { version, environment, why: "bench" });
}

async function told(view: View, began: number, load: Load): Promise<Told> {
  const seconds = (performance.now() - began) / 1000;
  // What is still on its way when the rollout is over belongs to it.
  await sleep(500);
  await load.stop();
  return {
    phase: view.rollout?.phase ?? "none",
    failure: view.rollout?.failure?.text,
    seconds,
    versions: view.versions.map(({ version }) => version),
    seen: load.seen,
  };
}

/** One canary from its start to its end, under load all along, on a stack of its own. */
const canary = (environment: Readonly<Record<string, string>>): Promise<Told> =>
  withFolder(async (folder) => {
    writeConfig(folder, HISTORY);
    const stack = await startStack(folder, SPEED);
    try {
      const load = startLoad(stack.gateway, PER_SECOND);
      await sleep(WARM_MS);
      const began = performance.now();
      await deploy(stack, "v2", environment);
      return await told(await until(stack, "v2", isOver, 180_000), began, load);
    } finally {
      await stack.stop();
    }
  });

interface Killed {
  readonly phase: string;
  readonly seconds: number;
  readonly versions: readonly string[];
  /** Processes that were there before the kill or after it and are there at the end although nobody wants them. */
  readonly orphans: number;
}

/** The control plane is killed with the canary at its second step and started again. Nothing is served meanwhile: the gateway is part of it. */
const killed = (environment: Readonly<Record<string, string>>): Promise<Killed> =>
  withFolder(async (folder) => {
    writeConfig(folder, HISTORY);
    let stack = await startStack(folder, SPEED);
    try {
      let load = startLoad(stack.gateway, PER_SECOND);
      await sleep(WARM_MS);
      const began = performance.now();
      await deploy(stack, "v2", environment);
      await until(
        stack,
        "v2",
        ({ rollout }) => (rollout?.step ?? -1) >= 1 || isOver({ rollout, versions: [] } as View),
        60_000,
      );
      const before = processesOf(folder);
      const ended = new Promise((resolve) => stack.child.once("close", resolve));
      stack.child.kill("SIGKILL");
      await ended;
      await load.stop();
      stack = await startStack(folder, SPEED);
      load = startLoad(stack.gateway, PER_SECOND);
      const end = await told(await until(stack, "v2", isOver, 180_000), began, load);
      await stack.stop();
      const left = [...before, ...processesOf(folder)].filter((pid) => processStart(pid) !== undefined);
      return { ...end, orphans: left.length };
    } finally {
      await stack.stop();
    }
  });

const failuresOf = ({ seen }: Told): string =>
  seen.dropped === 0
    ? ""
    : ` (${[...seen.why]
        .map(([why, count]) => `${count} × ${why}`)
        .join("; ")
        .slice(0, 200)})`;

function rowsOf(what: string, wanted: string, end: Told): readonly Row[] {
  const ok = end.phase === wanted;
  return [
    row(NOUN, {
      measure: `${what}: ${end.phase}; seconds of the wall${ok ? "" : ` (${end.failure ?? "the gate saw nothing"})`}`,
      value: ok ? end.seconds : Number.POSITIVE_INFINITY,
      unit: "s",
      bar: BAR_S,
    }),
    row(NOUN, {
      measure: `${what}: requests dropped of ${end.seen.sent}${failuresOf(end)}`,
      value: end.seen.dropped,
      unit: "requests",
      bar: 0,
    }),
  ];
}

/**
 * Whole canaries on the stack as a user starts it: real processes, the real gateway, the platform's steps at sixty times the speed of the
 * wall. The old version fails one request in a hundred and takes about 30 ms.
 */
export async function bench(): Promise<readonly Row[]> {
  const errors = await canary({ FAIL: "0.03" });
  const slow = await canary({ SLOW_MS: "100" });
  const good = await canary({});
  const again = await killed({ FAIL: "0.03" });
  const wrong = again.versions.length === 1 && (again.phase === "promoted" || again.phase === "rolled_back") ? 0 : 1;
  return [
    ...rowsOf("errors × 3 at 500 requests/s", "rolled_back", errors),
    ...rowsOf("p99 × 2 at 500 requests/s", "rolled_back", slow),
    ...rowsOf("a good version at 500 requests/s", "promoted", good),
    row(NOUN, {
      measure: `kill -9 in the middle: ${again.phase} after ${again.seconds.toFixed(0)} s; ends otherwise than with one version`,
      value: wrong,
      unit: "ends",
      bar: 0,
    }),
    row(NOUN, { measure: "kill -9 in the middle: processes left", value: again.orphans, unit: "processes", bar: 0 }),
  ];
}
