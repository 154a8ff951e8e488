import { readSilence as silenceOf } from "../../shared/core/alerting/silence-read.ts";
import type { Silence } from "../../shared/core/alerting/types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { VERSION as OWN_VERSION } from "../../shared/shell/version.ts";
import { receiverLabels } from "./am-alerts.ts";
import { filterOf, matchersOf } from "./am-filter.ts";
import { type Refusal, readAlerts, readBody, readSilence } from "./am-post.ts";
import type { Query } from "./am-query.ts";
import { listSilencesV2, shownSilence } from "./am-silences.ts";
import { timeText } from "./am-time.ts";
import { alertingIn } from "./context.ts";
import { receiveAlerts } from "./receive.ts";
import { expireSilence, findSilence, listSilences, putSilence } from "./silence-store.ts";

/** Version of Alertmanager whose behaviour this is: clients choose by it what they may ask. */
const VERSION = "0.34.2";

/** `GET /api/v2/status`. There is no cluster: what is stored is stored once. */
export async function statusV2(runtime: Runtime, tenant: string, startedAt: number): Promise<object> {
  const { config } = await alertingIn(runtime, tenant);
  return {
    cluster: { peers: [], status: "disabled" },
    config: { original: config.settings.shown },
    uptime: timeText(Math.floor(startedAt)),
    versionInfo: {
      branch: "headgate",
      buildDate: "",
      buildUser: "",
      goVersion: "",
      revision: OWN_VERSION,
      version: VERSION,
    },
  };
}

/** `GET /api/v2/receivers`. @throws BadQuery */
export async function receiversV2(runtime: Runtime, tenant: string, query: Query): Promise<readonly object[]> {
  const asked = matchersOf(query, "receiver_matchers", "failed to parse receiver_matchers param: ");
  const fits = filterOf(asked);
  const { config } = await alertingIn(runtime, tenant);
  return config.settings.receivers
    .map((receiver) => ({ labels: receiverLabels(receiver), name: receiver.name }))
    .filter(({ labels }) => fits(labels));
}

/**
 * `POST /api/v2/alerts`: answers when everything valid is durable.
 *
 * @throws HeadgateError `alerts.overloaded`, `alerting.off` and those of the store
 */
export async function postAlerts(
  runtime: Runtime,
  tenant: string,
  body: Uint8Array,
): Promise<{ readonly invalid: readonly string[] } | { readonly refusal: Refusal }> {
  const text = readBody("alerts", body);
  if ("refusal" in text) return text;
  const read = readAlerts(text.value);
  if (!read.ok) return read;
  const { invalid } = await receiveAlerts(runtime, tenant, read.alerts);
  const all = [...read.invalid, ...invalid];
  counted(runtime, read.alerts, all.length);
  return { invalid: all };
}

/** Upstream's counters of what was posted; they count from when the process began, as upstream's do. */
function counted(runtime: Runtime, alerts: readonly unknown[], invalid: number): void {
  const now = runtime.now();
  const ended = (alert: unknown): boolean => {
    const { endsAt } = alert as { readonly endsAt?: string };
    return endsAt !== undefined && Date.parse(endsAt) <= now;
  };
  const resolved = alerts.filter(ended).length;
  const count = (status: string, by: number) =>
    runtime.telemetry.count("alertmanager_alerts_received_total", { status, version: "v2" }, by);
  count("firing", alerts.length - resolved);
  count("resolved", resolved);
  runtime.telemetry.count("alertmanager_alerts_invalid_total", { version: "v2" }, invalid);
}

/** `GET /api/v2/silences`. @throws BadQuery */
export async function silencesV2(runtime: Runtime, tenant: string, query: Query): Promise<readonly object[]> {
  await alertingIn(runtime, tenant);
  return listSilencesV2(await listSilences(runtime, tenant), query, runtime.now());
}

export async function silenceV2(runtime: Runtime, tenant: string, id: string): Promise<object | undefined> {
  const found = await findSilence(runtime, tenant, id);
  return found && shownSilence(found, runtime.now());
}

/** Ends a silence; one that is over already is no fault. False: there is none. */
export const dropSilenceV2 = async (runtime: Runtime, tenant: string, id: string): Promise<boolean> =>
  (await expireSilence(runtime, tenant, id)) !== undefined;

/** `POST /api/v2/silences`: makes or changes one. What upstream refuses is refused in its order: form, times, matchers, id. */
export async function postSilence(
  runtime: Runtime,
  tenant: string,
  body: Uint8Array,
): Promise<
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly status: number; readonly message: string }
  | { readonly refusal: Refusal }
> {
  const text = readBody("silence", body);
  if ("refusal" in text) return text;
  const form = readSilence(text.value);
  if (!form.ok) return form;
  await alertingIn(runtime, tenant);
  const { startsAt, endsAt } = form.silence;
  if (startsAt >= endsAt) return bad("Failed to create silence: start time must be before end time");
  if (endsAt < runtime.now()) return bad("Failed to create silence: end time can't be in the past");
  const read = silenceOf({ ...form.silence, startsAt: timeText(startsAt), endsAt: timeText(endsAt) });
  if (!read.ok) return bad(read.message);
  const { id } = read.silence;
  const known = id === undefined ? undefined : await findSilence(runtime, tenant, id);
  return putSilence(runtime, tenant, { ...beyondV2(known), ...read.silence });
}

/** What a silence may have that clients of API v2 know nothing of and cannot hand back. */
function beyondV2(silence: Silence | undefined): Pick<Silence, "untilResolved" | "recurs" | "remind"> {
  const { untilResolved, recurs, remind } = silence ?? {};
  return {
    ...(untilResolved === undefined ? {} : { untilResolved }),
    ...(recurs === undefined ? {} : { recurs }),
    ...(remind === undefined ? {} : { remind }),
  };
}

const bad = (message: string) => ({ ok: false, status: 400, message }) as const;
