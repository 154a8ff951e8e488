import { type Labels, labelOf } from "../../shared/core/kernel/labels.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { lookAtTies } from "./flags-ties.ts";

/** Labels that name the service an alert is about. */
const SERVICE_LABELS = ["service", "service_name"] as const;

const isAbout = (service: string, labels: Labels): boolean => {
  const named = SERVICE_LABELS.map((label) => labelOf(labels, label)).filter((value) => value !== "");
  return named.length === 0 || named.includes(service);
};

/**
 * Which of the named alerts fire now and are about the service, or about none: those of rules here, and those that alerting was told of.
 *
 * @throws HeadgateError `alerting.off` where nobody knows of alerts; those of the store
 */
export async function firingOf(
  runtime: Runtime,
  tenant: string,
  service: string,
  names: readonly string[],
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const firing = (await lookAtTies(runtime, tenant).alerts()).filter((labels) => isAbout(service, labels));
  const found = new Set(firing.map((labels) => labelOf(labels, "alertname")));
  return names.filter((name) => found.has(name));
}
