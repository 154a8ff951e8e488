import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration, type Millis } from "../shared/core/kernel/time.ts";
import type { InstanceStatus } from "../shared/core/ports/fleet.ts";
import { type Child, type Exit, startChild } from "./child.ts";
import { cannotStart } from "./find-command.ts";
import { checkHealth } from "./health.ts";
import type { ServiceSpec } from "./service-spec.ts";

/** Real ms between health checks while starting, and once healthy; and how long one may take. */
export interface HealthTimes {
  readonly startingMs: number;
  readonly runningMs: number;
  readonly timeoutMs: number;
  /** Failed checks in a row before a healthy instance counts as not ready. */
  readonly failures: number;
  /**
   * Good checks in a row before a new instance counts as healthy; and one whose last checks failed in half of the cases counts as not
   * ready, also where no `failures` of them were in a row. Absent: one is enough, and only a row counts.
   */
  readonly rises?: number;
}

export const HEALTH_TIMES: HealthTimes = { startingMs: 100, runningMs: 2000, timeoutMs: 2000, failures: 3 };

export interface InstanceSetup {
  readonly id: string;
  readonly spec: ServiceSpec;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly health: HealthTimes;
  /** Takes secrets out of a line before anybody sees it. */
  readonly conceal: (line: string) => string;
  /** Virtual. */
  readonly now: () => Millis;
  readonly onStarted: (pid: number) => void;
  /** Readiness or state changed. */
  readonly onChange: () => void;
  readonly onLine: (line: string) => void;
  /** Ends when the gateway has no request on this instance any more. */
  readonly idle: () => Promise<void>;
}

/** How an instance ended: `wanted` by a stop of ours, or by itself. */
export interface Ended {
  readonly wanted: boolean;
  /** Why, as a sentence; also for a wanted end that was not a clean one. */
  readonly trouble?: string;
  /** The next one will end so as well: there is no such command or folder. */
  readonly hopeless?: boolean;
  /** It ended by itself and with exit code 0. */
  readonly clean?: boolean;
}

/** One real process of a service, from its start to its end. */
export interface Instance {
  readonly id: string;
  readonly port: number;
  readonly ready: () => boolean;
  readonly stopping: () => boolean;
  readonly pid: () => number | undefined;
  readonly status: () => InstanceStatus;
  /** Checks made before it was healthy for the first time. */
  readonly attempts: () => number;
  /** Real ms from its start to its first healthy answer. */
  readonly readyAfterMs: () => number | undefined;
  /** JSON that it answered to its last healthy check. */
  readonly healthData: () => unknown;
  readonly ended: Promise<Ended>;
  /** No new requests; those in flight finish; then SIGTERM, and SIGKILL after the grace. */
  drain(): void;
  /** SIGKILL now. */
  kill(): void;
}

function exitText({ code, signal }: Exit, lastLine: string): string {
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
  return lastLine === "" ? how : `${how}; its last words: ${lastLine.slice(0, 300)}`;
}

export function startInstance(setup: InstanceSetup): Instance {
  const { spec, port, health } = setup;
  const startedAt = setup.now();
  const began = Date.now();
  const over = new AbortController();
  let child: Child | undefined;
  let ready = false;
  let everReady = false;
  let stopping = false;
  let killed = false;
  let detail: string | undefined;
  let verdict: string | undefined;
  let lastLine = "";
  let attempts = 0;
  let readyAfterMs: number | undefined;
  let data: unknown;

  const change = (nextReady: boolean, nextDetail?: string) => {
    const changed = nextReady !== ready || nextDetail !== detail;
    ready = nextReady && !stopping;
    detail = nextDetail;
    if (changed) setup.onChange();
  };
  const kill = () => {
    killed = true;
    child?.signal("SIGKILL");
  };

  /** Polls until the instance ends; kills one that never becomes healthy, or stays unhealthy as long as a start may take. */
  const watch = async () => {
    let badSince = began;
    let failures = health.failures;
    const flapping = `its health flaps at GET ${spec.health}`;
    let good = 0;
    let lately: readonly boolean[] = [];
    while (!over.signal.aborted && !stopping) {
      if (!everReady) attempts++;
      const result = await checkHealth(port, spec.health, health.timeoutMs);
      if (over.signal.aborted || stopping) return;
      good = result.ok ? good + 1 : 0;
      lately = everReady ? [...lately, result.ok].slice(-2 * health.failures) : [];
      const flaps = health.rises !== undefined && lately.filter((ok) => !ok).length >= health.failures;
      if (result.ok && (flaps || good < (everReady ? 1 : (health.rises ?? 1)))) {
        failures = 0;
        if (flaps) change(false, flapping);
      } else if (result.ok) {
        failures = 0;
        everReady = true;
        readyAfterMs ??= Date.now() - began;
        data = result.data;
        change(true);
      } else {
        if (failures === 0) badSince = Date.now();
        // A good answer, and then none, before it was ever taken for healthy.
        if (!everReady && failures === 0) change(false, flapping);
        failures++;
        const since = Date.now() - badSince;
        if (failures >= health.failures) change(false, `not healthy: ${result.why} at GET ${spec.health}`);
        if (since >= spec.startTimeoutMs) {
          const what = everReady ? "stopped being healthy and stayed so for" : "never became healthy within";
          verdict = `${what} ${formatDuration(spec.startTimeoutMs)} (${result.why} at GET ${spec.health} on port ${port}); killed`;
          kill();
          return;
        }
      }
      await sleep(ready ? health.runningMs : health.startingMs, undefined, { signal: over.signal }).catch(() => {});
    }
  };

  const live = async (): Promise<Ended> => {
    const [program] = spec.command;
    const impossible = cannotStart(program ?? "", spec.cwd, setup.env["PATH"] ?? "");
    if (impossible !== undefined) return { wanted: stopping, trouble: impossible, hopeless: true };
    try {
      child = await startChild({
        command: spec.command,
        cwd: spec.cwd,
        env: setup.env,
        graceMs: spec.graceMs,
        onLine: (line) => {
          lastLine = setup.conceal(line);
          setup.onLine(lastLine);
        },
      });
    } catch (error) {
      return { wanted: stopping, trouble: `could not be started: ${(error as Error).message}` };
    }
    setup.onStarted(child.pid);
    if (killed) child.signal("SIGKILL");
    else if (stopping) child.signal("SIGTERM");
    const watching = watch();
    const exit = await child.exited;
    over.abort();
    await watching;
    if (verdict !== undefined) return { wanted: stopping, trouble: verdict };
    if (stopping) return { wanted: true };
    return { wanted: false, trouble: exitText(exit, lastLine), clean: exit.code === 0 };
  };

  const ended = live().finally(() => {
    over.abort();
    ready = false;
  });

  const drain = async () => {
    if (stopping) return;
    stopping = true;
    ready = false;
    detail = "finishing its requests";
    setup.onChange();
    // A request that never ends must not keep an instance alive for ever.
    await Promise.race([setup.idle(), sleep(spec.graceMs, undefined, { signal: over.signal }).catch(() => {})]);
    if (over.signal.aborted) return;
    detail = "asked to stop (SIGTERM)";
    child?.signal("SIGTERM");
    await sleep(spec.graceMs, undefined, { signal: over.signal }).catch(() => {});
    if (over.signal.aborted) return;
    verdict = `ignored SIGTERM for ${formatDuration(spec.graceMs)} and was killed`;
    kill();
  };

  return {
    id: setup.id,
    port,
    ended,
    ready: () => ready,
    stopping: () => stopping,
    pid: () => child?.pid,
    drain: () => void drain(),
    kill,
    attempts: () => attempts,
    readyAfterMs: () => readyAfterMs,
    healthData: () => data,
    status: () => ({
      id: setup.id,
      state: stopping ? "draining" : everReady ? "running" : "pending",
      ready,
      startedAt,
      address: `http://127.0.0.1:${port}`,
      ...(detail === undefined ? {} : { detail }),
    }),
  };
}
