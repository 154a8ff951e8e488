import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { jsonBody } from "../api/validate.ts";
import { CompareBody, LabBody, TuneBody, TuningBody } from "./lab-bodies.ts";
import type { Target } from "./observe.ts";
import { MOST_DAYS, requestPatience } from "./patience.ts";
import type { PlayedLoad } from "./played.ts";
import { resolveTargets } from "./resolve.ts";
import { targetsOf } from "./targets.ts";

/** Least days of recorded load: an hour can be looked at, a comparison wants a part of a day, a choice wants a day to be scored on. */
const LEAST_DAYS = { lab: 1 / 24, compare: 1 / 4, tune: 2 } as const;

/** Comparing, picking and trying policies over a load; what `auto` stands for, and what it cost. */
export function tuneRoutes(runtime: Runtime) {
  const later = () => import("./tuning-deferred.ts");
  const targetOf = async (c: Context<AppEnv>, service: string): Promise<Target> => {
    const current = await currentConfig(runtime, c.get("principal").tenant);
    const [target] = current ? targetsOf(current.config, [service]) : [];
    if (target) return target;
    const name = JSON.stringify(service.slice(0, 200));
    throw new HeadgateError("service.unknown", `no service ${name} is configured for autoscaling`);
  };
  const loadOf = async (
    c: Context<AppEnv>,
    given: { readonly trace?: string | undefined; readonly service?: string | undefined },
    leastDays: number,
  ): Promise<PlayedLoad> => {
    if (given.trace !== undefined) return given.trace;
    const { tenant } = c.get("principal");
    const target = await targetOf(c, given.service ?? "");
    const { recordedLoad } = await later();
    const [load, [running]] = await Promise.all([
      recordedLoad(runtime, tenant, target, { leastDays, mostDays: MOST_DAYS }),
      resolveTargets(runtime, tenant, [target]),
    ]);
    return { ...load, ...(running ? { running: running.config } : {}) };
  };
  /** What a request may play: bounded at the door, and by the time that it has. */
  const bounds = () => ({ patience: requestPatience(runtime), mostDays: MOST_DAYS });
  const tuning = async (
    c: Context<AppEnv>,
    service: string,
    command?: { readonly kind: "apply" | "dismiss"; readonly by: string; readonly why: string },
  ) => {
    const { patience } = bounds();
    const { runTuning, tuningCommandView, tuningLaterView } = await later();
    const { tenant, name } = c.get("principal");
    const target = await targetOf(c, service);
    const detail = command ? `${command.kind} by ${command.by}` : `asked by ${name}`;
    const handedOver = command ? undefined : await tuningLaterView(runtime, tenant, target, detail);
    if (handedOver) return c.json(handedOver, 202);
    const trigger = { type: "api" as const, id: c.get("trace").traceId, detail };
    const result = await runTuning(runtime, {
      ...{ tenant, service, trigger, parent: c.get("trace") },
      ...(command ? { command } : {}),
      // On one's own machine nobody gives up on it.
      ...(runtime.parts === undefined ? {} : { patience }),
    });
    return c.json(await tuningCommandView(runtime, tenant, target, result), 200);
  };
  const by = (c: Context<AppEnv>, given: string | undefined): string => {
    const { name, keyId } = c.get("principal");
    return given === undefined ? name : keyId === undefined ? given : `${given} (key ${name})`;
  };

  return new Hono<AppEnv>()
    .post("/compare", need("read"), jsonBody(CompareBody), async (c) => {
      const bound = bounds();
      const { trace, service, meanTasks, objective, policies, days } = c.req.valid("json");
      const load = await loadOf(c, { trace, service }, LEAST_DAYS.compare);
      const { runCompareGently } = await later();
      return c.json(await runCompareGently(load, { ...bound, ...given({ meanTasks, objective, policies }), days }));
    })
    .post("/tune", need("read"), jsonBody(TuneBody), async (c) => {
      const bound = bounds();
      const { trace, service, meanTasks, objective, train, score, actionsPerDay } = c.req.valid("json");
      const load = await loadOf(c, { trace, service }, LEAST_DAYS.tune);
      const { runTuneGently } = await later();
      const options = { ...bound, ...given({ meanTasks, objective }), train, score, actionsPerDay };
      return c.json(await runTuneGently(load, options));
    })
    .post("/lab", need("read"), jsonBody(LabBody), async (c) => {
      const bound = bounds();
      const { trace, service, meanTasks, objective, policy, days } = c.req.valid("json");
      const load = await loadOf(c, { trace, service }, LEAST_DAYS.lab);
      const { runLab } = await later();
      return c.json(await runLab(load, policy, { ...bound, ...given({ meanTasks, objective }), days }));
    })
    .get("/:service/regret", need("read"), async (c) => {
      const { patience } = bounds();
      const target = await targetOf(c, c.req.param("service"));
      const { regretView } = await later();
      return c.json(await regretView(runtime, c.get("principal").tenant, target, patience));
    })
    .get("/:service/tuning", need("read"), async (c) => {
      const target = await targetOf(c, c.req.param("service"));
      const { tuningView } = await later();
      return c.json(await tuningView(runtime, c.get("principal").tenant, target));
    })
    .post("/:service/tuning/run", need("operate"), idempotent(runtime), (c) => tuning(c, c.req.param("service")))
    .post("/:service/tuning/apply", need("operate"), idempotent(runtime), jsonBody(TuningBody), async (c) => {
      const { why, by: author } = c.req.valid("json");
      return tuning(c, c.req.param("service"), { kind: "apply", by: by(c, author), why });
    })
    .post("/:service/tuning/dismiss", need("operate"), idempotent(runtime), jsonBody(TuningBody), async (c) => {
      const { why, by: author } = c.req.valid("json");
      return tuning(c, c.req.param("service"), { kind: "dismiss", by: by(c, author), why });
    });
}

/** Without members that were not given. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
