import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";

/** State of each target of a group, by "address:port". Reached through import() only. */
export async function targetHealth(
  client: ElasticLoadBalancingV2Client,
  arn: string,
): Promise<ReadonlyMap<string, string>> {
  const { TargetHealthDescriptions } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }));
  return new Map(
    (TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => [
      `${Target?.Id ?? ""}:${Target?.Port ?? 0}`,
      TargetHealth?.State ?? "unknown",
    ]),
  );
}
