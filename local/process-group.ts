import { concealPrinted } from "../shared/core/kernel/printed.ts";
import type { InstanceStatus } from "../shared/core/ports/fleet.ts";
import { backOffMs } from "./back-off.ts";
import { portOwner } from "./delivery/port-owner.ts";
import { type HealthTimes, type Instance, startInstance } from "./instance.ts";
import { pickPort, portIsFree } from "./ports.ts";
import type { Backend, GroupSetup, ProcessGroup } from "./process-group-types.ts";
import { concealer, resolveRunEnv } from "./run-env.ts";

/** Good checks in a row that make an instance of a deployed version a healthy one: a single good answer of one that flaps does not. */
const RISES = 3;
/** How many instances may be starting at once: a start costs a core for a moment, and there may be two. */
const STARTS_AT_ONCE = 4;
/** A failure is forgotten once an instance has been ready for so long (real ms). */
const SOUND_AFTER_MS = 10_000;
/** How long a sentence about a past trouble is shown (real ms). */
const TROUBLE_SHOWN_MS = 60_000;
const LOG_LINES = 20;
/** Characters of a line that are kept: they travel in decisions. */
const LOG_LENGTH = 400;

/** It will not get better by waiting. */
class Hopeless extends Error {}

export function processGroup(setup: GroupSetup): ProcessGroup {
  const { spec, promised, version } = setup;
  const { deployed } = spec;
  const health: HealthTimes = deployed
    ? { ...setup.health, timeoutMs: deployed.checkTimeoutMs, failures: deployed.checkFailures, rises: RISES }
    : setup.health;
  const instances = new Map<string, Instance>();
  const logs: string[] = [];
  let desired = setup.desired;
  let starting = 0;
  let stopped = false;
  let failures = 0;
  let notBefore = 0;
  let gate: NodeJS.Timeout | undefined;
  let failed: InstanceStatus | undefined;
  let trouble: { readonly text: string; readonly at: number } | undefined;
  let ready: readonly Backend[] = [];
  /** Ended and, by the release's restart policy, not started again. */
  let lost = 0;
  let counted = 0;
  let attempts = 0;
  let hopeless = false;
  let responseMs: number | undefined;
  let healthData: unknown;

  const staying = () => [...instances.values()].filter((one) => !one.stopping());

  const changed = () => {
    ready = staying().flatMap((one) => (one.ready() ? [{ id: one.id, port: one.port, pid: one.pid(), version }] : []));
    setup.onChange();
  };

  const say = (text: string) => {
    trouble = { text, at: Date.now() };
    setup.onTrouble(text);
  };

  const fail = (id: string, why: string, ended: { readonly hopeless?: boolean; readonly clean?: boolean } = {}) => {
    failures++;
    counted++;
    hopeless = ended.hopeless === true;
    failed = { id, state: "failed", ready: false, detail: why };
    const { restart = "always" } = deployed ?? {};
    if (restart === "no" || (restart === "on-failure" && ended.clean === true)) {
      lost++;
      say(`${id} ${why}; it is not started again (restart policy ${restart})`);
      return;
    }
    const waitMs = backOffMs(setup.backOff, failures, setup.random());
    notBefore = Date.now() + waitMs;
    // Of a release that cannot start nobody waits for the next try.
    if (hopeless && deployed) return say(`${id} ${why}`);
    const again = failures === 1 ? "" : ` (${failures} times in a row)`;
    say(`${id} ${why}${again}; next start in ${(waitMs / 1000).toFixed(1)} s`);
  };

  /** Only one of a service's instances can have a port that was asked for by number. */
  const exactPort = async (port: number): Promise<number> => {
    if (await portIsFree(port, promised)) return port;
    throw new Hopeless(`port ${port} is in use by ${portOwner(port)}`);
  };

  const start = async () => {
    starting++;
    const id = setup.nextId();
    let port: number | undefined;
    try {
      const { values, secrets } = environment();
      port = deployed?.exactPort ? await exactPort(spec.port) : await pickPort(spec.port, promised);
      promised.add(port);
      const own = port;
      if (stopped) return void promised.delete(own);
      const env = { ...process.env, ...values, PORT: String(own), SERVICE_NAME: spec.name, INSTANCE_ID: id };
      let sound: NodeJS.Timeout | undefined;
      const instance = startInstance({
        id,
        spec,
        port: own,
        env,
        health,
        conceal: concealer(secrets),
        now: setup.now,
        onStarted: setup.onStarted,
        onLine: (line) => {
          if (logs.push(concealPrinted(line).slice(0, LOG_LENGTH)) > LOG_LINES) logs.shift();
          setup.onLine(id, line);
        },
        idle: () => setup.idle(id),
        onChange: () => {
          if (instance.ready()) learn(instance);
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
        promised.delete(own);
        attempts += instance.attempts();
        const pid = instance.pid();
        if (pid !== undefined) setup.onEnded(pid);
        if (!ended.wanted) fail(id, ended.trouble ?? "ended", ended);
        else if (ended.trouble !== undefined) say(`${id} ${ended.trouble}`);
        changed();
        reconcile();
      });
    } catch (error) {
      if (port !== undefined) promised.delete(port);
      fail(id, `could not be started: ${(error as Error).message}`, { hopeless: error instanceof Hopeless });
    } finally {
      starting--;
    }
    changed();
    reconcile();
  };

  const troubleNow = () =>
    trouble && (failures > 0 || Date.now() - trouble.at < TROUBLE_SHOWN_MS) ? trouble.text : undefined;

  const learn = (instance: Instance) => {
    hopeless = false;
    healthData = instance.healthData();
    const took = instance.readyAfterMs();
    if (took !== undefined) responseMs = Math.min(responseMs ?? took, took);
  };

  const environment = () => {
    try {
      return resolveRunEnv(spec.env, { env: process.env, baseDir: spec.baseDir });
    } catch (error) {
      throw new Hopeless((error as Error).message);
    }
  };

  /** Brings the number of instances toward the desired count. Called after every change; does nothing when all is well. */
  const reconcile = () => {
    if (stopped) return;
    const now = staying();
    // The newest pending goes first, then the newest: what has served longest stays.
    const target = desired - lost;
    const surplus = now.length + starting - target;
    if (surplus > 0) {
      const order = [...now].reverse().sort((a, b) => Number(a.ready()) - Number(b.ready()));
      for (const one of order.slice(0, surplus)) one.drain();
      return;
    }
    const pending = starting + now.filter((one) => !one.ready()).length;
    // After a failure one instance is tried alone; the rest follow when it has become ready.
    const room = Math.min(target - now.length - starting, (failures > 0 ? 1 : STARTS_AT_ONCE) - pending);
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
      // Fewer: those that have ended are the first to be missed by nobody.
      if (count < desired) lost = Math.max(0, lost - (desired - count));
      desired = count;
      reconcile();
    },
    backends: () => ready,
    forgive: () => {
      counted = 0;
    },
    look: () => {
      const all = [...instances.values()];
      const live = all.filter((one) => one.ready());
      const data = live.map((one) => one.healthData()).findLast((one) => one !== undefined) ?? healthData;
      const first = all.flatMap((one) => one.status().startedAt ?? []);
      const checks = all.reduce((sum, one) => sum + one.attempts(), attempts);
      const text = troubleNow() ?? all.flatMap((one) => (one.ready() ? [] : (one.status().detail ?? [])))[0];
      return {
        failures: counted,
        attempts: checks,
        hopeless: hopeless && live.length === 0,
        logs: [...logs],
        ...(text === undefined ? {} : { trouble: text }),
        ...(responseMs === undefined ? {} : { responseMs }),
        ...(data === undefined ? {} : { healthData: data }),
        ...(first.length === 0 ? {} : { startedAt: Math.min(...first) }),
      };
    },
    status: () => {
      const all = [...instances.values()].map((one) => one.status());
      const running = all.filter((one) => one.state === "running").length;
      const recent = troubleNow();
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
