import { hash64 } from "../kernel/hash.ts";
import type { Opportunity, OpportunityKind } from "./opportunity.ts";

/** Stable over runs, so that a dismissal holds. */
export const opportunityId = (kind: OpportunityKind, resource: Opportunity["resource"]): string =>
  `opp_${hash64([kind, resource.type, resource.cluster ?? "", resource.id].join("\u0000"))}`;
