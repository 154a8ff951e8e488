import type { GetBootstrapBrokersResponse, KafkaClient } from "@aws-sdk/client-kafka";
import { HeadgateError } from "../core/kernel/errors.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsErrorName, awsErrorStatus } from "./aws-errors.ts";
import { type BrokerPlace, brokerPlace } from "./kafka-settings.ts";

/** How clients of a managed cluster sign in: each way has listeners of its own. */
export type MskAccess = "iam" | "scram" | "tls" | "plaintext";

/** Listeners inside the network first, then those that are reached from elsewhere. */
const KINDS = {
  iam: [
    "BootstrapBrokerStringSaslIam",
    "BootstrapBrokerStringVpcConnectivitySaslIam",
    "BootstrapBrokerStringPublicSaslIam",
  ],
  scram: [
    "BootstrapBrokerStringSaslScram",
    "BootstrapBrokerStringVpcConnectivitySaslScram",
    "BootstrapBrokerStringPublicSaslScram",
  ],
  tls: ["BootstrapBrokerStringTls", "BootstrapBrokerStringVpcConnectivityTls", "BootstrapBrokerStringPublicTls"],
  plaintext: ["BootstrapBrokerString"],
} as const satisfies Readonly<Record<MskAccess, readonly (keyof GetBootstrapBrokersResponse)[]>>;

/** Region of an ARN: arn:aws:kafka:eu-west-1:… */
export const regionOfArn = (arn: string): string | undefined => arn.split(":")[3] || undefined;

/**
 * Addresses of a cluster of Amazon Managed Streaming for Kafka (GetBootstrapBrokers), for one way to sign in.
 *
 * @throws HeadgateError `streams.denied` where we may not ask, else `streams.unavailable`
 */
export async function mskBrokers(
  source: ClientSource<KafkaClient>,
  arn: string,
  access: MskAccess,
): Promise<readonly BrokerPlace[]> {
  const { getBootstrapBrokers } = await import("./msk-calls.ts");
  let answer: GetBootstrapBrokersResponse;
  try {
    answer = await getBootstrapBrokers(await clientOf(source), { ClusterArn: arn });
  } catch (cause) {
    const status = awsErrorStatus(cause);
    const said = `kafka:GetBootstrapBrokers of ${arn}: ${awsErrorName(cause)}`;
    if (status === 401 || status === 403)
      throw new HeadgateError("streams.denied", `${said} is not allowed`, { cause });
    const retryable = status === undefined || status === 429 || status >= 500;
    throw new HeadgateError("streams.unavailable", said, { retryable, cause });
  }
  const found = KINDS[access].map((kind) => answer[kind]).find((one) => one !== undefined && one !== "");
  if (found === undefined)
    throw new HeadgateError("streams.unavailable", `${arn} has no listeners for ${access}`, { retryable: false });
  return found.split(",").map((one) => brokerPlace(one.trim()));
}
