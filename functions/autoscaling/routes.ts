import type { Context } from "hono";
import { Hono } from "hono/tiny";
import * as v from "valibot";
import type { AutoscalingInput } from "../../shared/core/autoscaling/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { DAY_MS, MINUTE_MS, parseDuration } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { need } from "../api/access.ts";
import type { AppEnv } from "../api/context.ts";
import { idempotent } from "../api/idempotency.ts";
import { durationText, jsonBody } from "../api/validate.ts";
import type { CommandView, EvaluationView } from "../api/views.ts";
import { MOST_DAYS, requestPatience } from "./patience.ts";
import { targetsOf } from "./targets.ts";
import { tuneRoutes } from "./tune-routes.ts";

/** Reason and author are kept with the decision; who holds a key cannot speak as somebody else. */
const Said = {
  why: v.pipe(v.string(), v.trim(), v.minLength(1, "a reason"), v.maxLength(500)),
  by: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))),
};
export const PauseBody = v.strictObject({
  ...Said,
  direction: v.optional(v.picklist(["all", "out", "in"])),
  /** Without it the pause lasts until it is resumed. */
  for: v.optional(durationText(MINUTE_MS, 90 * DAY_MS)),
});
export const OverrideBody = v.strictObject({
  ...Said,
  desired: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000)),
  /** An override always ends: a forgotten one would switch autoscaling off for good. */
  for: durationText(MINUTE_MS, 30 * DAY_MS),
});
export const ReasonBody = v.strictObject(Said);
export const EvaluateBody = v.strictObject({ why: v.optional(v.pipe(v.string(), v.maxLength(500))) });
export const BacktestBody = v.strictObject({
  trace: v.pipe(
    v.string(),
    v.minLength(1),
    v.check((text) => Buffer.byteLength(text) <= 2_097_152, "CSV of at most 2 MB"),
  ),
  /** A built-in name, a policy as in headgate.yaml, or a whole autoscaling section of one service. */
  policy: v.union([v.pipe(v.string(), v.minLength(1), v.maxLength(100)), v.record(v.string(), v.unknown())]),
});

type Command = Exclude<AutoscalingInput, { kind: "evaluate" }>;

/** /api/v1/autoscaling: state of each controller, evaluation on demand, commands, backtest. */
export function autoscalingRoutes(runtime: Runtime) {
  const until = (text: string): number => runtime.now() + (parseDuration(text) ?? 0);
  const by = (c: Context<AppEnv>, given: string | undefined): string => {
    const { name, keyId } = c.get("principal");
    return given === undefined ? name : keyId === undefined ? given : `${given} (key ${name})`;
  };
  const apiTrigger = (c: Context<AppEnv>, detail: string): Trigger => ({
    type: "api",
    id: c.get("trace").traceId,
    detail,
  });

  const evaluate = async (c: Context<AppEnv>, service: string, detail: string): Promise<EvaluationView> => {
    const { evaluateServices, evaluationView } = await import("../deferred.ts");
    const { tenant } = c.get("principal");
    const [evaluated] = await evaluateServices(runtime, {
      tenant,
      services: [service],
      trigger: apiTrigger(c, detail),
      parent: c.get("trace"),
    });
    if (!evaluated) throw unknownService(service);
    if (!evaluated.result) throw evaluated.error ?? unknownService(service);
    return evaluationView(runtime, service, evaluated.result);
  };
  const command = async (
    c: Context<AppEnv>,
    service: string,
    input: Command,
    thenEvaluate: boolean,
  ): Promise<CommandView> => {
    const { command: run, evaluationView } = await import("../deferred.ts");
    const { tenant } = c.get("principal");
    const trigger = apiTrigger(c, `${input.kind} by ${input.by}`);
    const result = await run(runtime, { tenant, service, input, trigger, parent: c.get("trace") });
    const done = await evaluationView(runtime, service, result);
    // The command is recorded; now let the world follow at once instead of at the next alarm or tick.
    return thenEvaluate
      ? { command: done, evaluation: await evaluate(c, service, `after ${input.kind}`) }
      : { command: done };
  };

  return new Hono<AppEnv>()
    .route("/", tuneRoutes(runtime))
    .post("/backtest", need("read"), jsonBody(BacktestBody), async (c) => {
      const patience = requestPatience(runtime);
      const { runBacktestGently } = await import("./backtest-deferred.ts");
      const { trace, policy } = c.req.valid("json");
      return c.json(await runBacktestGently(trace, policy, { patience, mostDays: MOST_DAYS }));
    })
    .get("/:service", need("read"), async (c) => {
      const { tenant } = c.get("principal");
      const service = c.req.param("service");
      const current = await currentConfig(runtime, tenant);
      const [target] = current ? targetsOf(current.config, [service]) : [];
      if (!current || !target) throw unknownService(service);
      const { autoscalingView } = await import("../deferred.ts");
      return c.json(await autoscalingView(runtime, tenant, target, current.version));
    })
    .get("/:service/forecast", need("read"), async (c) => {
      const { tenant } = c.get("principal");
      const current = await currentConfig(runtime, tenant);
      const [written] = current ? targetsOf(current.config, [c.req.param("service")]) : [];
      if (!written) throw unknownService(c.req.param("service"));
      const { forecastView } = await import("./forecast-deferred.ts");
      return c.json(await forecastView(runtime, tenant, written));
    })
    .post("/:service/evaluate", need("operate"), idempotent(runtime), jsonBody(EvaluateBody), async (c) => {
      const { why } = c.req.valid("json");
      const { name } = c.get("principal");
      return c.json(await evaluate(c, c.req.param("service"), why ? `asked by ${name}: ${why}` : `asked by ${name}`));
    })
    .post("/:service/pause", need("operate"), idempotent(runtime), jsonBody(PauseBody), async (c) => {
      const body = c.req.valid("json");
      const input: Command = {
        kind: "pause",
        by: by(c, body.by),
        why: body.why,
        direction: body.direction ?? "all",
        ...(body.for === undefined ? {} : { until: until(body.for) }),
      };
      return c.json(await command(c, c.req.param("service"), input, false));
    })
    .post("/:service/resume", need("operate"), idempotent(runtime), jsonBody(ReasonBody), async (c) => {
      const body = c.req.valid("json");
      return c.json(
        await command(c, c.req.param("service"), { kind: "resume", by: by(c, body.by), why: body.why }, true),
      );
    })
    .post("/:service/override", need("operate"), idempotent(runtime), jsonBody(OverrideBody), async (c) => {
      const body = c.req.valid("json");
      const input: Command = {
        kind: "override",
        by: by(c, body.by),
        why: body.why,
        desired: body.desired,
        until: until(body.for),
      };
      return c.json(await command(c, c.req.param("service"), input, true));
    })
    .post("/:service/clear-override", need("operate"), idempotent(runtime), jsonBody(ReasonBody), async (c) => {
      const body = c.req.valid("json");
      const input: Command = { kind: "clear_override", by: by(c, body.by), why: body.why };
      return c.json(await command(c, c.req.param("service"), input, true));
    });
}

const unknownService = (service: string) =>
  new HeadgateError(
    "service.unknown",
    `no service ${JSON.stringify(service.slice(0, 200))} is configured for autoscaling`,
  );
