import { DAY_MS, MINUTE_MS, type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Alertmanager, Given } from "./alertmanager.ts";
import { LINE_MS, type Line, type LineStep, linesConfig, reloadAt, stepsOf } from "./alertmanager-lines.ts";
import { type Recorder, startRecorder } from "./webhooks.ts";

/** A notification of a line. */
export interface Told {
  readonly at: Millis;
  /** Receiver without the line, and integration: `page/0`. */
  readonly to: string;
  readonly groupKey: string;
  readonly reason: string;
  readonly status: string;
  readonly alerts: readonly string[];
}

export interface LinesRun {
  readonly base: Millis;
  readonly turn: Millis;
  /** Per server, in the order given, and line: what it told. */
  readonly told: readonly (readonly (readonly Told[])[])[];
}

/** Notifications may be this far apart; ticks of a group are a second apart at the least. */
const APART_MS = Number(process.env["HEADGATE_APART_MS"] ?? 450);
/** After the last event everything that is going to be told has been. */
const REST_MS = 500;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)));
export const lineName = (index: number): string => `L${index}`;

/** When to begin so that a full minute, at which intervals change, falls into the run, and at .85 of its seconds. */
function beginning(now: Millis): { base: Millis; turn: Millis } {
  const [early, late] = [3_850, LINE_MS - 4_150];
  let turn = Math.ceil((now + early) / MINUTE_MS) * MINUTE_MS;
  // An interval that ends at midnight cannot be said as one that ends before it begins.
  if (turn % DAY_MS === 0) turn += MINUTE_MS;
  const seconds = Math.floor(Math.min(turn - now - early, late - early) / SECOND_MS);
  return { base: turn - early - seconds * SECOND_MS, turn };
}

/** The configuration of all lines, before or after it is read again. */
export const configOf = (lines: readonly Line[], part: "tree" | "later", address: string, turn: Millis): string =>
  linesConfig(
    lines.map((line, index) => [lineName(index), line[part]]),
    address,
    turn,
  );

/** Plays the lines, all at once, to servers that run side by side. */
export async function runLines(
  lines: readonly Line[],
  options: {
    readonly reload: boolean;
    readonly servers: readonly ((given: Given) => Promise<Alertmanager>)[];
  },
): Promise<LinesRun> {
  const recorder = await startRecorder();
  const { base, turn } = beginning(Date.now() + 3_000 + options.servers.length * 1_000);
  const address = (index: number) => `${recorder.url}/${index}`;
  const started = await Promise.allSettled(
    options.servers.map((start, index) => start({ config: configOf(lines, "tree", address(index), turn) })),
  );
  const servers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    for (const one of started) if (one.status === "rejected") throw one.reason;
    if (Date.now() > base) throw new Error("the servers were not ready when the run was to begin");
    const steps = lines.flatMap((line, index) => stepsOf(lineName(index), line, base)).sort((a, b) => a.at - b.at);
    await Promise.all([
      ...servers.map((server) => play(server, steps)),
      ...servers.map(async (server, index) => {
        if (!options.reload) return;
        await pause(reloadAt(base) - Date.now());
        const { status, text } = await server.reload(configOf(lines, "later", address(index), turn));
        if (status !== 200) throw new Error(`${server.name} does not read again: ${status} ${text}`);
      }),
    ]);
    await pause(base + LINE_MS + REST_MS - Date.now());
    return { base, turn, told: servers.map((_, index) => lines.map((_line, at) => toldTo(recorder, index, at, base))) };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await recorder.close();
  }
}

/** What came before the end of the run, up to which all sides are waited for. */
const toldTo = (recorder: Recorder, server: number, line: number, base: Millis): readonly Told[] => {
  const prefix = `${server}/${lineName(line)}-`;
  return recorder
    .bodies(prefix)
    .filter(({ at }) => at < base + LINE_MS)
    .map((body) => ({
      at: body.at,
      to: body.path.slice(prefix.length),
      groupKey: body.groupKey,
      reason: body.notification_reason,
      status: body.status,
      alerts: body.alerts.map(({ fingerprint, status }) => `${fingerprint} ${status}`).sort(),
    }));
};

/** Does the steps at their times; what comes at one instant in one request, as far as it can. */
async function play(server: Alertmanager, steps: readonly LineStep[]): Promise<void> {
  const ids = new Map<string, Promise<string>>();
  const sent: Promise<unknown>[] = [];
  for (let next = 0; next < steps.length; ) {
    const at = (steps[next] as LineStep).at;
    await pause(at - Date.now());
    const now = steps.slice(next).filter((step) => step.at === at);
    next += now.length;
    const alerts = now.flatMap((step) => ("alert" in step ? [step.alert] : []));
    if (alerts.length > 0) sent.push(server.post(alerts));
    for (const step of now) {
      if ("silence" in step) {
        const id = server.silence(step.silence);
        ids.set(step.ref, id);
        sent.push(id);
      }
      if ("expire" in step) sent.push((ids.get(step.expire) as Promise<string>).then(server.expire));
    }
  }
  await Promise.all(sent);
}

const thread = (list: readonly Told[]): ReadonlyMap<string, readonly Told[]> => {
  const threads = new Map<string, Told[]>();
  for (const one of [...list].sort((a, b) => a.at - b.at)) {
    const key = `${one.to} ${one.groupKey}`;
    threads.set(key, [...(threads.get(key) ?? []), one]);
  }
  return threads;
};

/** How the notifications of two sides differ, or undefined: each thread (receiver and group) one by one. */
export function linesDiffer(
  base: Millis,
  real: readonly Told[],
  ours: readonly Told[],
  withinMs = APART_MS,
): string | undefined {
  const [left, right] = [thread(real), thread(ours)];
  const found: string[] = [];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(key) ?? [], right.get(key) ?? []];
    const same = (one: Told, other: Told | undefined) =>
      other !== undefined &&
      Math.abs(one.at - other.at) <= withinMs &&
      one.reason === other.reason &&
      one.status === other.status &&
      one.alerts.join() === other.alerts.join();
    if (a.length === b.length && a.every((one, index) => same(one, b[index]))) continue;
    const show = (list: readonly Told[]) =>
      list
        .map(
          (one) =>
            `\n      ${((one.at - base) / 1000).toFixed(2)} ${one.status} (${one.reason}) ${one.alerts.join(", ")}`,
        )
        .join("");
    found.push(`${key}\n    real:${show(a)}\n    ours:${show(b)}`);
  }
  return found.length === 0 ? undefined : found.join("\n  ");
}
