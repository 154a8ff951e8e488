import type { RunAction } from "../../shared/core/backup/run/types.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Sealer } from "../../shared/edge/seal.ts";
import type { PlanContext } from "./context.ts";
import { keepDocument, readDocument } from "./documents.ts";
import { madePrefix } from "./fold-point.ts";
import { partStep } from "./parts/step.ts";
import type { PartContext } from "./parts/types.ts";
import "../shared-parts.ts";

/** A part begins no new piece of work after this: others wait for the run meanwhile. Real time. */
const STEP_MS = 15 * SECOND_MS;

const sealers = new WeakMap<PlanContext, Promise<Sealer>>();

/** One sealer for a context: a point has one data key. */
async function sealerOf(context: PlanContext): Promise<Sealer | undefined> {
  const { key } = context.plan;
  if (key === undefined) return undefined;
  let made = sealers.get(context);
  if (!made) {
    const { openSealer } = await import("../../shared/edge/seal.ts");
    sealers.set(context, (made = openSealer(key, context)));
    made.catch(() => sealers.delete(context));
  }
  return made;
}

export interface PartMade {
  readonly status: "waiting" | "done" | "failed";
  readonly name?: string;
  readonly ready?: true;
  readonly againMs?: number;
  readonly detail: string;
}

/**
 * Goes on with one part beside the topics. What it made, or how far it came, lies at the destinations under the name that is returned.
 *
 * @throws HeadgateError; trying again is harmless
 */
export async function makePart(
  context: PlanContext,
  { run, kind, progress }: Extract<RunAction, { type: "make_part" }>,
): Promise<PartMade> {
  const { runtime, tenant, name, plan, places, streams, cluster } = context;
  const prefix = madePrefix(name, run, kind);
  // Only configuration is sealed; a key that cannot be used must not keep back what needs none.
  let keyTrouble: string | undefined;
  const sealer =
    kind === "config"
      ? await sealerOf(context).catch((error: unknown) => {
          keyTrouble = error instanceof Error ? error.message : String(error);
          return undefined;
        })
      : undefined;
  const until = runtime.now() + STEP_MS * runtime.speed;
  const given: PartContext = {
    ...{ runtime, tenant, plan: name, point: run, config: plan, places },
    ...{ baseDir: context.baseDir, http: context.http, clients: context.clients, secret: context.secret },
    ...(context.applied ? { applied: context.applied } : {}),
    ...(streams ? { streams } : {}),
    ...(cluster ? { cluster: cluster.settings } : {}),
    ...(sealer ? { sealer } : {}),
    ...(keyTrouble === undefined ? {} : { keyTrouble }),
    more: () => runtime.now() < until,
  };
  const before =
    progress === undefined ? undefined : (JSON.parse(await readDocument(places, prefix, progress)) as Json);
  const step = await partStep(given, kind, before);
  switch (step.status) {
    case "done":
      return {
        status: "done",
        name: await keepDocument(places, prefix, JSON.stringify(step)),
        detail: `${kind} is there`,
      };
    case "failed":
      return { status: "failed", detail: step.why };
    case "waiting":
      return {
        status: "waiting",
        name: await keepDocument(places, prefix, JSON.stringify(step.progress)),
        ...(step.ready ? { ready: true } : {}),
        againMs: step.againMs * runtime.speed,
        detail: `${kind} is being made`,
      };
  }
}
