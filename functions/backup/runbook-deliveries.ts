import type { Runtime } from "../../shared/shell/runtime.ts";
import type { RunbookDeeds } from "./runbook.ts";

const BY = "runbook";
const WHY = "a runbook of disaster recovery is under way";

/** Rollouts that are under way, as delivery knows them. What it takes is loaded when it is asked for. */
async function underWay(runtime: Runtime, tenant: string) {
  const { deliveryServicesView } = await import("../delivery/views.ts");
  const { items } = await deliveryServicesView(runtime, tenant);
  return items.flatMap(({ service, current }) => (current ? [{ service, current }] : []));
}

async function say(runtime: Runtime, tenant: string, services: readonly string[], command: "pause" | "resume") {
  const { commandView } = await import("../delivery/work.ts");
  const [done, not]: [string[], string[]] = [[], []];
  for (const service of services)
    try {
      await commandView(runtime, tenant, service, { command, by: BY, why: WHY });
      done.push(service);
    } catch (error) {
      not.push(`${service}: ${error instanceof Error ? error.message : String(error)}`);
    }
  return { done, not };
}

const named = (services: readonly string[]): string => (services.length === 0 ? "no rollout" : services.join(", "));

/** Rollouts under way are paused, and those that were paused by a runbook go on again. A new one is not refused: who begins it is a person. */
export const deliveryDeeds = (
  runtime: Runtime,
  tenant: string,
): Required<Pick<RunbookDeeds, "hold_deliveries" | "release_deliveries">> => ({
  hold_deliveries: async (_deed, { rehearsal }) => {
    const services = (await underWay(runtime, tenant))
      .filter(({ current }) => !current.paused)
      .map((one) => one.service);
    if (rehearsal)
      return { status: "done", text: `${named(services)} would be paused`, evidence: { paused: services } };
    const { done, not } = await say(runtime, tenant, services, "pause");
    const evidence = { paused: done };
    return not.length === 0
      ? { status: "done", text: `${named(done)} is paused`, evidence }
      : { status: "failed", text: `not paused: ${not.join("; ")}`, evidence };
  },
  release_deliveries: async (_deed, { rehearsal }) => {
    const services = (await underWay(runtime, tenant))
      .filter(({ current }) => current.paused?.by === BY)
      .map((one) => one.service);
    if (rehearsal) return { status: "done", text: `${named(services)} would go on`, evidence: { resumed: services } };
    const { done, not } = await say(runtime, tenant, services, "resume");
    const evidence = { resumed: done };
    return not.length === 0
      ? { status: "done", text: `${named(done)} goes on`, evidence }
      : { status: "failed", text: `does not go on: ${not.join("; ")}`, evidence };
  },
});
