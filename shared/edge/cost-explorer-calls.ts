import {
  CostExplorerClient,
  type CostExplorerClientConfig,
  GetCostAndUsageCommand,
  type GetCostAndUsageCommandInput,
} from "@aws-sdk/client-cost-explorer";

// Reached through import() only, see ecs-calls.ts.
export const makeCostExplorer = (config: CostExplorerClientConfig) => new CostExplorerClient(config);
export const getCostAndUsage = (client: CostExplorerClient, input: GetCostAndUsageCommandInput) =>
  client.send(new GetCostAndUsageCommand(input));
