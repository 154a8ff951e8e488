import type { ECSClient } from "@aws-sdk/client-ecs";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";

/** What a revision of an ECS service is: its tasks, and where the load balancer finds them. */
export interface ServiceRevision {
  readonly arn: string;
  /** "family:revision". */
  readonly taskDefinition?: string;
  readonly targetGroups: readonly string[];
}

const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** DescribeServiceRevisions takes so many at once (API reference). */
const AT_ONCE = 20;

/**
 * Reads revisions by ARN; one that ECS does not know is not in the answer.
 *
 * @throws HeadgateError `releases.unavailable`
 */
export async function readRevisions(
  source: ClientSource<ECSClient>,
  arns: readonly string[],
  region?: string,
): Promise<ReadonlyMap<string, ServiceRevision>> {
  const wanted = [...new Set(arns)].slice(0, AT_ONCE);
  if (wanted.length === 0) return new Map();
  try {
    const client = await clientOf(source, region);
    const { describeServiceRevisions } = await import("./ecs-revisions-calls.ts");
    const { serviceRevisions = [] } = await describeServiceRevisions(client, { serviceRevisionArns: wanted });
    return new Map(
      serviceRevisions.flatMap((one) => {
        const { serviceRevisionArn: arn, taskDefinition } = one;
        if (arn === undefined) return [];
        // What ECS made of the alternate target group of a blue/green service stands in the resolved configuration only.
        const groups = [...(one.resolvedConfiguration?.loadBalancers ?? []), ...(one.loadBalancers ?? [])];
        const targetGroups = [...new Set(groups.flatMap(({ targetGroupArn }) => targetGroupArn ?? []))];
        const revision = { arn, targetGroups, ...(taskDefinition ? { taskDefinition: lastPart(taskDefinition) } : {}) };
        return [[arn, revision] as const];
      }),
    );
  } catch (error) {
    throw awsError("releases.unavailable", "revisions of the ECS service could not be read", error);
  }
}
