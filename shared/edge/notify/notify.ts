import { isSendable, makeRequests, notSendable } from "../../core/alerting/receivers/make.ts";
import { type Plan, ReceiverFault } from "../../core/alerting/receivers/request.ts";
import type { DurationMs } from "../../core/kernel/time.ts";
import type { Delivered, Notification, Notify } from "../../core/ports/notify.ts";
import { HttpFailure } from "../http-client.ts";
import type { AwsSettings } from "./aws-call.ts";
import { conceal } from "./conceal.ts";
import { type Gate, gate } from "./gate.ts";
import type { HttpSendOptions } from "./http-send.ts";
import { type MakingOptions, makings } from "./making.ts";
import { type Found, performer } from "./perform.ts";
import { settingsResolver } from "./resolve-settings.ts";
import type { Secrets } from "./secrets.ts";

export interface NotifyOptions extends MakingOptions {
  readonly http: HttpSendOptions;
  readonly secrets: Secrets;
  /** For SNS, SQS and EventBridge. */
  readonly aws: AwsSettings;
  /** For `proxy_from_environment`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of Headgate, for `User-Agent`. */
  readonly version: string;
  /** Of one try in real ms, however far the deadline. Default 30 s. */
  readonly longestMs?: DurationMs;
}

const LONGEST_MS = 30_000;
/** Notifications to one integration that are under way at once: a storm of groups must not become a storm of requests held in memory. */
const MOST_AT_ONCE = 128;

/** A gate for each integration: one that hangs keeps nobody else waiting. */
function gates(): (settings: object) => Gate {
  const made = new WeakMap<object, Gate>();
  return (settings) => {
    let found = made.get(settings);
    if (!found) {
      found = gate(MOST_AT_ONCE);
      made.set(settings, found);
    }
    return found;
  };
}

/** Sends notifications. See the port for what it promises. */
export function notify(options: NotifyOptions): Notify & { close(): void } {
  const { now } = options;
  const gateOf = gates();
  const settingsOf = settingsResolver(options.secrets);
  const makingOf = makings(options);
  const { perform, close } = performer(options);

  const run = async (plan: Plan, found: Found, left: DurationMs, signal?: AbortSignal): Promise<Delivered> => {
    const longest = Math.min(left, options.longestMs ?? LONGEST_MS, plan.timeoutMs ?? Number.POSITIVE_INFINITY);
    const until = performance.now() + longest;
    let store: Readonly<Record<string, string | number>> | undefined;
    let detail = "delivered";
    for (const request of plan.requests) {
      const timeoutMs = Math.max(1, Math.ceil(until - performance.now()));
      const judged = await perform({ request, plan, found, timeoutMs, ...(signal ? { signal } : {}) });
      if (!judged.ok) {
        const { ok, retry, why, retryAfterMs, reason } = judged;
        const more = { ...(retryAfterMs === undefined ? {} : { retryAfterMs }), ...(reason ? { reason } : {}) };
        return { ok, retry, detail: why, ...more };
      }
      store = judged.store ?? store;
      if (judged.note) detail = `delivered; ${judged.note}`;
    }
    return { ok: true, detail, ...(store ? { store } : {}) };
  };

  const tell = async (tenant: string, told: Notification, signal?: AbortSignal): Promise<Delivered> => {
    const left = told.deadline - now();
    if (left <= 0)
      return {
        ok: false,
        retry: false,
        reason: "contextDeadlineExceeded",
        detail: "its time was up before it was sent",
      };
    const secrets: string[] = [];
    try {
      const resolved = await settingsOf(told.integration.settings);
      secrets.push(...resolved.secrets);
      const plan = makeRequests(await makingOf(tenant, told, resolved.settings));
      const outcome = await run(plan, { settings: resolved.settings, secrets }, left, signal);
      return outcome.detail === "delivered" ? outcome : { ...outcome, detail: conceal(outcome.detail, secrets) };
    } catch (error) {
      return { ok: false, retry: mayGetThrough(error), detail: conceal(sentence(error), secrets) };
    }
  };

  return {
    send: async (tenant, notification, signal) => {
      const { type, settings } = notification.integration;
      if (!isSendable(type)) return { ok: false, retry: false, detail: notSendable(type) };
      const told = toldOf(notification);
      if (told.alerts.length === 0) return { ok: true, detail: "nothing to tell this receiver" };
      return gateOf(settings)(() => tell(tenant, told, signal));
    },
    close,
  };
}

/** What upstream's RetryStage leaves: resolved alerts only for those that want them. */
function toldOf(notification: Notification): Notification {
  const { integration, alerts } = notification;
  if (integration.sendResolved || alerts.every(({ status }) => status === "firing")) return notification;
  return { ...notification, alerts: alerts.filter(({ status }) => status === "firing") };
}

const mayGetThrough = (error: unknown): boolean =>
  error instanceof ReceiverFault ? error.retry : !(error instanceof HttpFailure) || error.kind !== "refused";

const sentence = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));
