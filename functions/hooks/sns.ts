import { cloudwatchMessage, isAlarmMessage } from "../../shared/core/alerting/sources/cloudwatch-sns.ts";
import { sourceEvent } from "../../shared/core/alerting/sources/event.ts";
import { refused, type Sourced } from "../../shared/core/alerting/sources/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { readSnsMessage, type SnsMessage, snsAddress, snsVerifier } from "../../shared/edge/sns-message.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Taken, takeNews } from "../alerting/sources/take.ts";
import type { HookSettings } from "./settings.ts";

/** SNS gives up on an HTTP subscription within an hour; what is older was kept by somebody. */
const OLDEST_MS = HOUR_MS;
const AHEAD_MS = 5 * MINUTE_MS;

const denied = (why: string) => new HeadgateError("access.forbidden", `the message is not taken: ${why}`);

/** Takes what SNS posts: confirms subscriptions of the topics that are named, makes alerts of the alarms that are told there. */
export function snsHook(runtime: Runtime, tenant: string, settings: HookSettings) {
  const { topics, wallNow, get, cloudwatch } = settings;
  const whyNot = snsVerifier(get, wallNow);

  /** @throws HeadgateError `input.invalid`, `access.forbidden`, `alerts.unavailable` */
  const checked = async (body: string): Promise<SnsMessage> => {
    const message = readSnsMessage(body);
    if (!message) throw new HeadgateError("input.invalid", "this is no message of SNS (turn raw message delivery off)");
    // Before anything is fetched: who knows no topic of ours makes no requests with us.
    if (!topics.includes(message.TopicArn))
      throw denied(`${message.TopicArn.slice(0, 300)} is none of the topics named`);
    const age = wallNow() - Date.parse(message.Timestamp);
    if (!(age <= OLDEST_MS && age >= -AHEAD_MS)) throw denied("its Timestamp is not of the last hour");
    const not = await whyNot(message);
    // SNS comes again after an answer of 503, and never after one of 403.
    if (not?.again)
      throw new HeadgateError("alerts.unavailable", `the message is not taken now: ${not.why}`, { retryable: true });
    if (not) throw denied(not.why);
    return message;
  };

  const confirm = async (given: string): Promise<Taken> => {
    const url = snsAddress(given);
    if (!url) throw denied("its SubscribeURL is no address of SNS");
    const got = await get(url);
    if (got.ok && got.status === 200) return { accepted: 0, why: "the subscription is confirmed" };
    throw new HeadgateError(
      "alerts.unavailable",
      `SNS did not confirm: ${got.ok ? `it answered ${got.status}` : got.why}`,
      {
        retryable: true,
      },
    );
  };

  return async (body: string): Promise<Taken> => {
    const message = await checked(body);
    if (message.Type === "SubscriptionConfirmation") return confirm(message.SubscribeURL);
    // Left as it is: confirming it again would undo what somebody did.
    if (message.Type === "UnsubscribeConfirmation") return { accepted: 0, why: "the subscription has ended" };
    const sourced = sourcedOf(message.Message, cloudwatch);
    if (sourced.kind === "alerts") return takeNews(runtime, tenant, sourced);
    if (sourced.kind === "refused")
      throw new HeadgateError("input.invalid", `the message is not taken: ${sourced.why}`);
    return { accepted: 0, why: sourced.why };
  };
}

/** CloudWatch's own messages, and events of EventBridge that a rule sends to the topic. */
function sourcedOf(text: string, cloudwatch: HookSettings["cloudwatch"]): Sourced {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused("it is no JSON");
  }
  return isAlarmMessage(value) ? cloudwatchMessage(value, cloudwatch) : sourceEvent(value, cloudwatch);
}
