import { parametersAccess } from "./access.ts";
import { lagClusters, lagParameters } from "./autoscaling-settings.ts";

/** ARNs of what a cluster of MSK holds: "arn:…:cluster/name/id" gives "arn:…:topic/name/id/*". */
const within = (kind: "topic" | "group", clusters: readonly string[]): string[] =>
  clusters.map((arn) => `${arn.replace(":cluster/", `:${kind}/`)}/*`);

/** The lag of consumer groups in the clusters that were named: ends of logs and committed offsets. No record is read, nothing is written. `known`: what the role reads anyway. */
export const lagAccess = (known: readonly string[] = []) => {
  const clusters = lagClusters().filter((arn) => !known.includes(arn));
  const secrets = parametersAccess(lagParameters());
  if (clusters.length === 0) return secrets;
  return [
    ...secrets,
    { actions: ["kafka:GetBootstrapBrokers"], resources: clusters },
    { actions: ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"], resources: clusters },
    { actions: ["kafka-cluster:DescribeTopic"], resources: within("topic", clusters) },
    { actions: ["kafka-cluster:DescribeGroup"], resources: within("group", clusters) },
  ];
};
