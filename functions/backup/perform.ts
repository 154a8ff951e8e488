import type { RunAction } from "../../shared/core/backup/run/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { PlanContext } from "./context.ts";
import { patiently } from "./patience.ts";

type Outcome = Omit<ActionResult, "key" | "at">;

const done = (detail: string, values?: { readonly [name: string]: Json | undefined }): Outcome => ({
  status: "done",
  detail,
  ...(values ? { values } : {}),
});

/** Nothing that trying again could change. */
const FINAL: ReadonlySet<string> = new Set([
  "config.invalid",
  "streams.denied",
  "backup.key",
  "backup.version",
  "input.invalid",
]);

/**
 * Does one action of a run. Each may be repeated, by somebody else too. What fails is told, and the machine decides when it is tried again.
 */
export async function performRun(context: PlanContext, action: RunAction): Promise<ActionResult> {
  const { key } = action;
  const { runtime, tenant, name } = context;
  try {
    const outcome = await act(context, action);
    return { key, at: Math.floor(runtime.now()), ...outcome };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const code = error instanceof HeadgateError ? error.code : "internal";
    // At a command line the cut has been patient already.
    const final = FINAL.has(code) || (context.direct && action.type === "take_cut");
    runtime.telemetry.log("warn", `${action.type} of ${name} failed`, { tenant, run: action.run, code, error: detail });
    return { key, at: Math.floor(runtime.now()), status: final ? "refused" : "failed", detail };
  }
}

async function act(context: PlanContext, action: RunAction): Promise<Outcome> {
  const { run } = action;
  switch (action.type) {
    case "take_cut": {
      const { takeCut } = await import("./take-cut.ts");
      const take = () => takeCut(context, run, action.avoid);
      const cut = await (context.patience ? patiently(context.runtime, context.patience, take) : take());
      return done(`the cut has ${cut.units} units`, { cut: cut as unknown as Json });
    }
    case "send_units": {
      const { cut, units } = action;
      await send(
        context,
        units.map(({ unit, attempt }) => ({ ...message(context, run), task: "unit", cut, unit, attempt })),
      );
      return done(`${units.length} units are handed out`);
    }
    case "make_part": {
      const { makePart } = await import("./make-part.ts");
      const { detail, ...values } = await makePart(context, action);
      return done(detail, values);
    }
    case "fold": {
      const { foldPoint } = await import("./fold-point.ts");
      return done("everything is put together", { draft: await foldPoint(context, action) });
    }
    case "seal": {
      const { sealPoint } = await import("./seal-point.ts");
      const point = await sealPoint(context, action);
      return done(`${point.id} is a restore point`, { point: point as unknown as Json });
    }
    case "verify":
      await send(context, [{ ...message(context, run), task: "verify", attempt: 0, depth: action.depth }]);
      return done("somebody was asked to verify it");
    case "prune": {
      const { afterRun } = await import("./after-run.ts");
      return done(await afterRun(context, action));
    }
    case "tell": {
      const { tellPeople } = await import("./tell.ts");
      return done(await tellPeople(context, action));
    }
    default: {
      // Left by a worker of a newer version, while this older one is still running.
      const { type } = action as { readonly type: string };
      return { status: "skipped", detail: `this version knows no action ${type}` };
    }
  }
}

const message = ({ tenant, name }: PlanContext, run: string) => ({ tenant, plan: name, run });

async function send({ runtime }: PlanContext, messages: readonly WorkMessage[]): Promise<void> {
  if (!runtime.work) throw new HeadgateError("timers.unavailable", "there is nobody here who does the work of backups");
  await runtime.work.send(messages);
}
