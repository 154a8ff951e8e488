import type { CostExplorer } from "../shared/core/ports/cost-explorer.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";

export interface LazyCostExplorerDeps {
  readonly clients: Pick<AwsClients, "costExplorer">;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
}

/** Cost Explorer; what asks it is loaded at the first question. */
export function lazyCostExplorer(deps: LazyCostExplorerDeps): (region: string, endpoint?: string) => CostExplorer {
  return (region, endpoint) => ({
    costAndUsage: async (request, options) => {
      const { costExplorer } = await import("./cost-explorer.ts");
      return costExplorer({ ...deps, client: () => deps.clients.costExplorer(region, endpoint) }).costAndUsage(
        request,
        options,
      );
    },
  });
}
