import type { Context } from "hono";
import { type ArgoAnswer, argoAnswer } from "../../shared/core/delivery/hooks/argo.ts";
import {
  FLAGGER_TYPES,
  type FlaggerAnswer,
  type FlaggerType,
  flaggerAnswer,
  parseFlagger,
} from "../../shared/core/delivery/hooks/flagger.ts";
import type { GateRunState } from "../../shared/core/delivery/hooks/gate-run-types.ts";
import { executionAnswer, type KayentaAsked, parseExecution } from "../../shared/core/delivery/hooks/kayenta-calls.ts";
import { judge } from "../../shared/core/delivery/kayenta/judge.ts";
import { parseJudgeRequest } from "../../shared/core/delivery/kayenta/parse.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { AppEnv } from "../api/context.ts";
import { type GateRunId, gateRun, knock, letGrow, lookAtGate, setDoor } from "./gate-run.ts";
import { type HookSecret, hookSecret, proven } from "./hook-proof.ts";
import { type DeliverySettings, deliveryIn, deliveryServices } from "./settings.ts";
import "../shared-parts.ts";

type Called = Context<AppEnv>;

/** @throws HeadgateError `service.unknown`: nothing that the configuration does not know is let through unjudged */
async function known(runtime: Runtime, tenant: string, service: string): Promise<DeliverySettings> {
  const settings = deliveryIn(await currentConfig(runtime, tenant), service);
  if (settings.known) return settings;
  throw new HeadgateError("service.unknown", `no service ${JSON.stringify(service.slice(0, 200))} is configured`);
}

const asksPeople = ({ delivery }: DeliverySettings): boolean =>
  delivery.approval || delivery.steps.some(({ approval }) => approval);

/** One webhook of Flagger. Only what it tells to go on is answered with 200. */
export async function flaggerCall(
  runtime: Runtime,
  c: Called,
  type: string,
  body: unknown,
  secret: HookSecret = hookSecret,
): Promise<FlaggerAnswer> {
  const kind = FLAGGER_TYPES.find((one) => one === type);
  if (!kind)
    throw new HeadgateError("input.invalid", `Flagger has no webhook ${type.slice(0, 80)}`, {
      faults: [{ path: "type", message: "is unknown", allowed: FLAGGER_TYPES.join(", ") }],
    });
  const call = parseFlagger(body);
  const service = call.metadata["service"] ?? c.req.query("service") ?? call.name;
  const tenant = await proven(c, "flagger", service, secret, call.metadata["token"] ?? c.req.query("token"));
  const settings = await known(runtime, tenant, service);
  const id: GateRunId = { system: "flagger", id: `${call.namespace}/${call.name}` };
  if (kind === "event") {
    const { eventMessage = "", eventType = "" } = call.metadata;
    runtime.telemetry.log("info", "Flagger event", { service, phase: call.phase, eventType, eventMessage });
    return { status: 200, text: "noted" };
  }
  const judged = settings.delivery.gate !== "off";
  const run = LOOKED.has(kind)
    ? await lookAtGate(runtime, tenant, settings, id, {
        trigger: { type: "api", detail: `Flagger, ${kind}, ${call.phase || "no phase"}` },
        pair: {
          canary: call.metadata["canary"] ?? call.name,
          baseline: call.metadata["baseline"] ?? `${call.name}-primary`,
        },
        ...(call.checksum === "" ? {} : { run: call.checksum }),
      })
    : await gateRun(runtime, tenant, id);
  const answer = flaggerAnswer(kind, run, asksPeople(settings), judged, runtime.now());
  const grows = kind === "confirm-traffic-increase" && answer.status === 200 && judged;
  if (grows && run?.judging === undefined) await letGrow(runtime, tenant, settings, id);
  const waits = answer.status === 403 && (kind === "confirm-rollout" || kind === "confirm-promotion");
  if (waits && asksPeople(settings) && run?.knockedAt === undefined) await knock(runtime, tenant, settings, id);
  return answer;
}

/** At these there may be counts; before and after them there is nothing to judge. */
const LOOKED: ReadonlySet<FlaggerType> = new Set([
  "rollout",
  "confirm-traffic-increase",
  "confirm-promotion",
  "rollback",
]);

/** The gates of Flagger's load tester: check answers 200 or 403, open and close 202. */
export async function flaggerDoor(
  runtime: Runtime,
  c: Called,
  asked: { readonly door: "gate" | "rollback"; readonly verb: "check" | "open" | "close"; readonly body: unknown },
  secret: HookSecret = hookSecret,
): Promise<FlaggerAnswer> {
  const { door, verb, body } = asked;
  const call = parseFlagger(body);
  const service = call.metadata["service"] ?? c.req.query("service") ?? call.name;
  const tenant = await proven(c, "flagger", service, secret, call.metadata["token"] ?? c.req.query("token"));
  const settings = await known(runtime, tenant, service);
  const id: GateRunId = { system: "flagger", id: `${call.namespace}/${call.name}` };
  if (verb === "check") {
    const open = (await gateRun(runtime, tenant, id))?.doors?.[door]?.status === "open";
    return open ? { status: 200, text: "open" } : { status: 403, text: "closed" };
  }
  const principal = c.get("principal") as { name: string } | undefined;
  const status = verb === "open" ? "open" : "closed";
  await setDoor(runtime, tenant, settings, id, { door, status, by: principal?.name ?? "Flagger" });
  return { status: 202, text: status };
}

/** One measurement of Argo's web metric. With `run` (such as the pod template's hash) each rollout is judged anew. */
export async function argoCall(
  runtime: Runtime,
  c: Called,
  service: string,
  body: unknown,
  secret: HookSecret = hookSecret,
): Promise<ArgoAnswer> {
  const given = typeof body === "object" && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  const asked = (name: string): string | undefined => {
    const value = c.req.query(name) ?? given[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const tenant = await proven(c, "argo", service, secret);
  const settings = await known(runtime, tenant, service);
  const run = asked("run") ?? (await anew(runtime, tenant, settings));
  const looked = await lookAtGate(
    runtime,
    tenant,
    settings,
    { system: "argo", id: service },
    {
      trigger: { type: "api", detail: "Argo Rollouts, web metric" },
      pair: { canary: asked("canary") ?? "canary", baseline: asked("baseline") ?? asked("stable") ?? "stable" },
      ...(run === undefined ? {} : { run }),
    },
  );
  return argoAnswer(looked);
}

/** A name for a new run, where the caller gives none and nobody has asked for as long as a judgement takes. */
async function anew(runtime: Runtime, tenant: string, settings: DeliverySettings): Promise<string | undefined> {
  const state = await gateRun(runtime, tenant, { system: "argo", id: settings.service });
  const last = state?.ended?.at ?? state?.judging?.until ?? state?.begunAt;
  const now = runtime.now();
  return last !== undefined && now - last > settings.delivery.first ? `${now}` : undefined;
}

/** The services that can be judged, as Kayenta lists its configurations. */
export async function kayentaConfigs(
  runtime: Runtime,
  c: Called,
  token?: string,
  secret: HookSecret = hookSecret,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const tenant = await proven(c, "kayenta", "*", secret, token);
  return deliveryServices((await currentConfig(runtime, tenant))?.config).map((name) => ({ id: name, name }));
}

/** Begins a canary execution: the service is the configuration's id. */
export async function kayentaBegin(
  runtime: Runtime,
  c: Called,
  service: string,
  body: unknown,
  token?: string,
  secret: HookSecret = hookSecret,
): Promise<{ readonly canaryExecutionId: string }> {
  const tenant = await proven(c, "kayenta", "*", secret, token);
  const settings = await known(runtime, tenant, service);
  const asked = parseExecution(body);
  const random = Math.floor(runtime.random() * 2 ** 40).toString(36);
  const id = `cnr_${Math.floor(runtime.now()).toString(36)}${random}`;
  await execution(runtime, tenant, settings, id, asked);
  return { canaryExecutionId: id };
}

/** How a canary execution is. @throws HeadgateError `rollout.unknown` */
export async function kayentaLook(
  runtime: Runtime,
  c: Called,
  id: string,
  token?: string,
  secret: HookSecret = hookSecret,
): Promise<ReturnType<typeof executionAnswer>> {
  const tenant = await proven(c, "kayenta", "*", secret, token);
  const state = await gateRun(runtime, tenant, { system: "kayenta", id });
  const { asked, service } = state ?? {};
  if (!state || service === undefined || asked?.from === undefined || asked.to === undefined)
    throw new HeadgateError("rollout.unknown", `there is no canary execution ${id.slice(0, 80)}`);
  const settings = deliveryIn(await currentConfig(runtime, tenant), service);
  const looked =
    state.ended?.ok === false ? state : await execution(runtime, tenant, settings, id, asked as KayentaAsked);
  const { every, counts } = settings.delivery;
  const settled = runtime.counts?.(counts, service, settings.places)?.settledUntil(runtime.now()) ?? runtime.now();
  const last = Math.floor(asked.to / every) * every;
  // Failed early is failed: nobody has to wait for the rest of the time.
  return executionAnswer(id, looked, looked.ended?.ok === false || settled >= last);
}

async function execution(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  id: string,
  asked: KayentaAsked,
): Promise<GateRunState> {
  const { delivery } = settings;
  const history = delivery.gate === "off" ? 0 : delivery.gate.history * delivery.every;
  return lookAtGate(
    runtime,
    tenant,
    settings,
    { system: "kayenta", id },
    {
      trigger: { type: "api", detail: "Kayenta's canary execution" },
      pair: asked,
      begin: { asked },
      config: { forMs: asked.to - asked.from },
      span: { from: Math.max(0, asked.from - history), to: asked.to },
    },
  );
}

/** Kayenta's remote judge: numbers in, a verdict out; nothing is kept. */
export async function kayentaJudge(
  _runtime: Runtime,
  c: Called,
  body: unknown,
  token?: string,
  secret: HookSecret = hookSecret,
) {
  await proven(c, "kayenta", "*", secret, token);
  return judge(parseJudgeRequest(body));
}
