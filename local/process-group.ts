import type { Millis } from "../shared/core/kernel/time.ts";
import type { FleetStatus, InstanceStatus } from "../shared/core/ports/fleet.ts";
import { type BackOff, backOffMs } from "./back-off.ts";
import { type HealthTimes, type Instance, startInstance } from "./instance.ts";
import { pickPort } from "./ports.ts";
import { concealer, resolveRunEnv } from "./run-env.ts";
import type { ServiceSpec } from "./service-spec.ts";

/** Where an instance can be reached, and the process to measure. */
export interface Backend {
  readonly id: string;
  readonly port: number;
  readonly pid: number | undefined;
}

export interface GroupSetup {
  readonly spec: ServiceSpec;
  readonly desired: number;
  readonly now: () => Millis;
  readonly random: () => number;
  readonly health: HealthTimes;
  readonly backOff: BackOff;
  readonly idle: (instance: string) => Promise<void>;
  readonly onStarted: (pid: number) => void;
  readonly onEnded: (pid: number) => void;
  readonly onChange: () => void;
  readonly onLine: (instance: string, line: string) => void;
  readonly onTrouble: (text: string) => void;
}

/** All instances of one service, kept at the desired count. */
export interface ProcessGroup {
  desired(): number;
  setDesired(count: number): void;
  status(): FleetStatus;
  /** Ready for requests now. The same array until something changes. */
  backends(): readonly Backend[];
  /** Drains everything; resolves when the last process has ended. */
  stop(): Promise<void>;
  kill(): void;
}

/** How many instances may be starting at once: a start costs a core for a moment, and there may be two. */
const STARTS_AT_ONCE = 4;
/** A failure is forgotten once an instance has been ready for so long (real ms). */
const SOUND_AFTER_MS = 10_000;
/** How long a sentence about a past trouble is shown (real ms). */
const TROUBLE_SHOWN_MS = 60_000;

export function processGroup(setup: GroupSetup): ProcessGroup {
  const { spec } = setup;
  const instances = new Map<string, Instance>();
  const promised = new Set<number>();
  let desired = setup.desired;
  let counter = 0;
  let starting = 0;
  let stopped = false;
  let failures = 0;
  let notBefore = 0;
  let gate: NodeJS.Timeout | undefined;
  let failed: InstanceStatus | undefined;
  let trouble: { readonly text: string; readonly at: number } | undefined;
  let ready: readonly Backend[] = [];

  const staying = () => [...instances.values()].filter((one) => !one.stopping());

  const changed = () => {
    ready = staying().flatMap((one) => (one.ready() ? [{ id: one.id, port: one.port, pid: one.pid() }] : []));
    setup.onChange();
  };

  const say = (text: string) => {
    trouble = { text, at: Date.now() };
    setup.onTrouble(text);
  };

  const fail = (id: string, why: string) => {
    failures++;
    const waitMs = backOffMs(setup.backOff, failures, setup.random());
    notBefore = Date.now() + waitMs;
    failed = { id, state: "failed", ready: false, detail: why };
    const again = failures === 1 ? "" : ` (${failures} times in a row)`;
    say(`${id} ${why}${again}; next start in ${(waitMs / 1000).toFixed(1)} s`);
  };

  const start = async () => {
    starting++;
    const id = `${spec.name}-${++counter}`;
    try {
      const { values, secrets } = resolveRunEnv(spec.env, { env: process.env, baseDir: spec.baseDir });
      const port = await pickPort(spec.port, promised);
      promised.add(port);
      if (stopped) return;
      const env = { ...process.env, ...values, PORT: String(port), SERVICE_NAME: spec.name, INSTANCE_ID: id };
      let sound: NodeJS.Timeout | undefined;
      const instance = startInstance({
        id,
        spec,
        port,
        env,
        health: setup.health,
        conceal: concealer(secrets),
        now: setup.now,
        onStarted: setup.onStarted,
        onLine: (line) => setup.onLine(id, line),
        idle: () => setup.idle(id),
        onChange: () => {
          if (instance.ready() && failures > 0)
            sound ??= setTimeout(() => {
              failures = 0;
              failed = undefined;
              reconcile();
            }, SOUND_AFTER_MS).unref();
          if (!instance.ready()) {
            clearTimeout(sound);
            sound = undefined;
          }
          changed();
          reconcile();
        },
      });
      instances.set(id, instance);
      void instance.ended.then((ended) => {
        clearTimeout(sound);
        instances.delete(id);
        promised.delete(port);
        const pid = instance.pid();
        if (pid !== undefined) setup.onEnded(pid);
        if (!ended.wanted) fail(id, ended.trouble ?? "ended");
        else if (ended.trouble !== undefined) say(`${id} ${ended.trouble}`);
        changed();
        reconcile();
      });
    } catch (error) {
      fail(id, `could not be started: ${(error as Error).message}`);
    } finally {
      starting--;
    }
    changed();
    reconcile();
  };

  /** Brings the number of instances toward the desired count. Called after every change; does nothing when all is well. */
  const reconcile = () => {
    if (stopped) return;
    const now = staying();
    // The newest pending goes first, then the newest: what has served longest stays.
    const surplus = now.length + starting - desired;
    if (surplus > 0) {
      const order = [...now].reverse().sort((a, b) => Number(a.ready()) - Number(b.ready()));
      for (const one of order.slice(0, surplus)) one.drain();
      return;
    }
    const pending = starting + now.filter((one) => !one.ready()).length;
    // After a failure one instance is tried alone; the rest follow when it has become ready.
    const room = Math.min(desired - now.length - starting, (failures > 0 ? 1 : STARTS_AT_ONCE) - pending);
    if (room <= 0) return;
    const wait = notBefore - Date.now();
    if (wait > 0) {
      gate ??= setTimeout(() => {
        gate = undefined;
        reconcile();
      }, wait);
      return;
    }
    for (let count = 0; count < room; count++) void start();
  };

  reconcile();
  return {
    desired: () => desired,
    setDesired: (count) => {
      desired = count;
      reconcile();
    },
    backends: () => ready,
    status: () => {
      const all = [...instances.values()].map((one) => one.status());
      const running = all.filter((one) => one.state === "running").length;
      const recent = trouble && (failures > 0 || Date.now() - trouble.at < TROUBLE_SHOWN_MS) ? trouble.text : undefined;
      return {
        desired,
        pending: all.filter((one) => one.state === "pending").length + starting,
        running,
        ready: all.filter((one) => one.ready).length,
        deploying: false,
        instances: failed && failures > 0 && staying().length < desired ? [...all, failed] : all,
        at: setup.now(),
        ...(recent === undefined ? {} : { trouble: recent }),
      };
    },
    stop: async () => {
      stopped = true;
      clearTimeout(gate);
      for (const one of instances.values()) one.drain();
      await Promise.all([...instances.values()].map((one) => one.ended));
    },
    kill: () => {
      stopped = true;
      clearTimeout(gate);
      for (const one of instances.values()) one.kill();
    },
  };
}
