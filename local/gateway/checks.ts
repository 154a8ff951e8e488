import type { Millis } from "../../shared/core/kernel/time.ts";
import { dueChecks } from "../../shared/core/traffic/checks/plan.ts";
import { checkPasses } from "../../shared/core/traffic/checks/rules.ts";
import { checkStep } from "../../shared/core/traffic/checks/streak.ts";
import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, Registration } from "../../shared/core/traffic/types.ts";
import { httpCheck } from "../../shared/edge/http-check.ts";

/** Active checks of a gateway that runs alone: nobody else checks for it. */
export interface ActiveChecks {
  of(backend: string): CheckState | undefined;
  /** Checks all that are due by now. */
  round(): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_MS = 250;
/** Checks at once; the rest waits for its turn. */
const AT_ONCE = 64;

export function activeChecks(options: {
  readonly traffic: () => TrafficConfig;
  readonly backends: () => readonly Registration[];
  readonly now: () => Millis;
  readonly onChange: (backend: Registration, state: CheckState) => void;
}): ActiveChecks {
  const states = new Map<string, CheckState>();
  // Backends of this machine are checked as well: it is where a gateway is tried out.
  const look = httpCheck({ loopback: true });
  let from = options.now();
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  const check = async (backend: Registration) => {
    const { health } = options.traffic();
    if (!health) return;
    const answer = await look({
      host: backend.host,
      port: health.port ?? backend.port,
      path: health.path,
      timeoutMs: health.timeout,
      body: health.json !== undefined,
      ...(health.host === undefined ? {} : { hostHeader: health.host }),
    });
    const result = answer.ok ? checkPasses(health, answer.status, answer.text) : { ok: false, detail: answer.why };
    const before = states.get(backend.id);
    const after = checkStep(before, result, health, options.now());
    states.set(backend.id, after);
    if ((before?.healthy ?? true) !== after.healthy && !stopped) options.onChange(backend, after);
  };

  const round = async () => {
    const { health } = options.traffic();
    const to = options.now();
    const since = from;
    from = to;
    if (!health || to <= since) return;
    const backends = options.backends();
    const ids = new Set(backends.map(({ id }) => id));
    for (const id of states.keys()) if (!ids.has(id)) states.delete(id);
    const due = dueChecks([...ids], health, since, to);
    const byId = new Map(backends.map((one) => [one.id, one]));
    for (let at = 0; at < due.length; at += AT_ONCE)
      await Promise.all(
        due.slice(at, at + AT_ONCE).map(async ({ id }) => {
          const backend = byId.get(id);
          if (backend) await check(backend);
        }),
      );
  };

  const timer = setInterval(() => {
    running = running.then(round);
  }, EVERY_MS);
  timer.unref();
  return {
    of: (backend) => states.get(backend),
    round,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
