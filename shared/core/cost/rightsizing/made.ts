import { formatDuration, type Millis } from "../../kernel/time.ts";
import { type Decimal, fromNumber, multiply, round } from "../decimal.ts";
import type { NotProposed, Opportunity, OpportunityKind } from "../opportunity.ts";
import { opportunityId } from "../opportunity-id.ts";

/** Money a month for so many units an hour; 730 hours are a month, as AWS counts. */
export const perMonth = (units: number, price: Decimal): Decimal =>
  round(multiply(multiply(fromNumber(round6(units)), price), fromNumber(730)), 4);
const round6 = (value: number): number => Math.round(value * 1e6) / 1e6;

/** What a unit costs, and who says so. */
export interface UnitPrices {
  readonly currency: string;
  readonly source: string;
  readonly vcpuHour?: Decimal;
  readonly gbHour?: Decimal;
  readonly slotHour?: Decimal;
  readonly partitionHour?: Decimal;
}

export interface Looked {
  readonly now: Millis;
  readonly from: Millis;
  readonly to: Millis;
  readonly samples: number;
}

export const spanText = ({ from, to, samples }: Looked): string =>
  `${samples} hours seen over ${formatDuration(Math.max(0, to - from))}`;

type Resource = Opportunity["resource"];
export const notFor = (resource: Resource, kind: OpportunityKind, reason: string, text: string): NotProposed => ({
  ...{ resource, kind, reason, text },
});

/** What all that a person has to do has in common. */
export const byHand = (
  kind: OpportunityKind,
  resource: Resource,
  steps: readonly string[],
  now: Millis,
): Pick<Opportunity, "id" | "kind" | "resource" | "rollback" | "action" | "at"> => ({
  id: opportunityId(kind, resource),
  kind,
  resource,
  rollback: "possible",
  action: { type: "by_hand", steps },
  at: now,
});
