import { checkOncall, checkWithoutOncall } from "../core/alerting/oncall/check.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { MeaningCheck } from "./config-releases.ts";

/** The meaning of `oncall`, whose form is right, and of what it refers to in alertmanager.yml, or what refers to it where it is not there. Looks ahead where it knows the time. */
export const checkOncalls =
  (now?: Millis): MeaningCheck =>
  ({ oncall, alerting }) =>
    oncall === undefined ? (alerting ? checkWithoutOncall(alerting) : []) : checkOncall(oncall, alerting, now);
