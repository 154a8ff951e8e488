import type { Exchange } from "../../shared/core/cost/exchange.ts";
import type { SourceState } from "../../shared/core/cost/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { CostStanding } from "./views.ts";

/** Whether there is a figure at all; `days`: how many days the bills cover. */
export function standingOf(sources: readonly SourceState[], days: number): CostStanding {
  if (days > 0) return "known";
  if (sources.length === 0) return "no_sources";
  if (sources.some(({ status }) => status === "read" || status === "none")) return "none";
  return sources.some(({ status }) => status === "unavailable") ? "unavailable" : "denied";
}

/** Sources that did not answer, as sentences. */
export const troublesOf = (sources: readonly SourceState[]): readonly string[] =>
  sources.flatMap((one) => ("why" in one ? [`${one.source}: ${one.status}: ${one.why}`] : []));

/** @throws HeadgateError `bill.currency` where currencies are mixed and there is no rate: a sum of them is no amount */
export function refuseMixed({ mixed }: Exchange): void {
  if (mixed.length > 0)
    throw new HeadgateError(
      "bill.currency",
      `the bills are in ${mixed.join(" and ")} and cost.rates does not turn each into one: a sum of them is no amount`,
    );
}
