import type { GateRunState, GateSystem } from "../../shared/core/delivery/hooks/gate-run-types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { GateSetView, GatesView, GateView, HookTokensView } from "../api/views-gates.ts";
import { gateRun, setDoor } from "./gate-run.ts";
import { hookSecret, hookToken } from "./hook-proof.ts";
import { deliveryIn } from "./settings.ts";
import "../shared-parts.ts";

const PREFIX = "gate:";
const SYSTEMS: readonly GateSystem[] = ["ecs", "codedeploy", "flagger", "argo", "kayenta"];
const PAGE = 100;

function viewOf(system: GateSystem, id: string, state: GateRunState): GateView {
  const { run, service = "", begunAt, knockedAt, judging, ended, doors } = state;
  const waits = knockedAt !== undefined && doors?.gate === undefined && ended === undefined;
  return {
    system,
    id,
    service,
    ...(run === undefined ? {} : { run }),
    ...(begunAt === undefined ? {} : { begunAt }),
    ...(waits ? { waitsSince: knockedAt } : {}),
    ...(judging?.verdict ? { verdict: judging.verdict } : {}),
    ...(judging?.reason ? { reason: judging.reason } : {}),
    ...(judging?.text ? { text: judging.text } : {}),
    ...(ended ? { ended: { ok: ended.ok, text: ended.text, at: ended.at } } : {}),
    ...(doors?.gate ? { gate: doors.gate } : {}),
    ...(doors?.rollback ? { rollback: doors.rollback } : {}),
  };
}

/** Gates in order of system and id, a page at a time. @throws HeadgateError of the store */
export async function gatesView(
  runtime: Runtime,
  tenant: string,
  { limit = PAGE, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): Promise<GatesView> {
  const page = await runtime.store.list(tenant, "delivery", {
    prefix: PREFIX,
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  const items = page.items.flatMap(({ key, state }) => {
    const [system, ...rest] = key.subject.slice(PREFIX.length).split("/");
    const known = SYSTEMS.find((one) => one === system);
    return known ? [viewOf(known, rest.join("/"), state as unknown as GateRunState)] : [];
  });
  return { clock: clockOf(runtime), items, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
}

/** Opens or closes a gate by hand. @throws HeadgateError `rollout.unknown`, `service.unknown`; of store and journal */
export async function doorSet(
  runtime: Runtime,
  tenant: string,
  system: string,
  id: string,
  said: {
    readonly door: "gate" | "rollback";
    readonly status: "open" | "closed";
    readonly by: string;
    readonly service?: string | undefined;
  },
): Promise<GateSetView> {
  const known = SYSTEMS.find((one) => one === system);
  if (!known)
    throw new HeadgateError(
      "input.invalid",
      `${JSON.stringify(system.slice(0, 80))} is no system that asks for gates`,
      {
        faults: [{ path: "system", message: "is unknown", allowed: SYSTEMS.join(", ") }],
      },
    );
  const { service: named, ...asked } = said;
  const service = named ?? (await gateRun(runtime, tenant, { system: known, id }))?.service;
  if (service === undefined)
    throw new HeadgateError(
      "rollout.unknown",
      `nobody has asked at the gate ${known}/${id.slice(0, 200)}; name its service`,
    );
  const settings = deliveryIn(await currentConfig(runtime, tenant), service);
  if (!settings.known)
    throw new HeadgateError("service.unknown", `no service ${JSON.stringify(service.slice(0, 200))} is configured`);
  await setDoor(runtime, tenant, settings, { system: known, id }, asked);
  const after = await gateRun(runtime, tenant, { system: known, id });
  return { clock: clockOf(runtime), ...viewOf(known, id, after ?? { v: 1 }), service };
}

/** Addresses of a service's hooks. @throws HeadgateError `service.unknown`, `input.invalid` where there is no secret */
export async function hookTokensView(runtime: Runtime, tenant: string, service: string): Promise<HookTokensView> {
  if (!deliveryIn(await currentConfig(runtime, tenant), service).known)
    throw new HeadgateError("service.unknown", `no service ${JSON.stringify(service.slice(0, 200))} is configured`);
  const secret = await hookSecret();
  if (!secret)
    throw new HeadgateError("input.invalid", "HEADGATE_HOOK_SECRET names no secret that tokens could be made from", {
      faults: [{ path: "HEADGATE_HOOK_SECRET", message: "is not set", allowed: "env:NAME, file:path or ssm:/path" }],
    });
  const more = tenant === DEFAULT_TENANT ? "" : `&tenant=${encodeURIComponent(tenant)}`;
  const token = (system: GateSystem, about = service) => hookToken(secret, tenant, system, about);
  const name = encodeURIComponent(service);
  return {
    clock: clockOf(runtime),
    service,
    hooks: [
      { system: "flagger", path: `/hooks/flagger/{webhook}?service=${name}&token=${token("flagger")}${more}` },
      { system: "argo", path: `/hooks/argo/${name}?token=${token("argo")}${more}` },
      // Argo asks Kayenta about every configuration there is, so this one opens all of the tenant's.
      { system: "kayenta", path: `/hooks/kayenta/${token("kayenta", "*")}${more.replace("&", "?")}` },
    ],
  };
}
