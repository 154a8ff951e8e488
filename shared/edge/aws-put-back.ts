import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { HeadgateError } from "../core/kernel/errors.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsErrorName, awsRetryable } from "./aws-errors.ts";
import type { Parameter, SecretValue } from "./aws-parameters.ts";

export type { SecretValue } from "./aws-parameters.ts";

const failed = (what: string, error: unknown): HeadgateError =>
  new HeadgateError("fleet.unavailable", `${what}: ${awsErrorName(error)}: ${(error as Error).message}`, {
    cause: error,
    retryable: awsRetryable(error),
  });

/** Sets a parameter to what it was; one that is there is overwritten. @throws HeadgateError `fleet.unavailable` */
export async function putParameter(
  source: ClientSource<SSMClient>,
  name: string,
  { type, value = "" }: Pick<Parameter, "type" | "value">,
): Promise<void> {
  try {
    const [client, ssm] = await Promise.all([clientOf(source), import("./ssm-calls.ts")]);
    await ssm.putParameter(client, { Name: name, Type: type, Value: value, Overwrite: true });
  } catch (error) {
    throw failed(`parameter ${name} could not be put back`, error);
  }
}

/** Makes a secret, or gives the one that is there another version. @throws HeadgateError `fleet.unavailable` */
export async function putSecret(
  source: ClientSource<SecretsManagerClient>,
  name: string,
  value: SecretValue,
): Promise<void> {
  const content =
    "text" in value
      ? { SecretString: value.text }
      : { SecretBinary: new Uint8Array(Buffer.from(value.binary, "base64")) };
  try {
    const region = name.startsWith("arn:") ? name.split(":")[3] || undefined : undefined;
    const [client, manager] = await Promise.all([clientOf(source, region), import("./secrets-calls.ts")]);
    try {
      await manager.putSecret(client, { SecretId: name, ...content });
    } catch (error) {
      if (awsErrorName(error) !== "ResourceNotFoundException") throw error;
      await manager.createSecret(client, { Name: name, ...content });
    }
  } catch (error) {
    throw failed(`secret ${name} could not be put back`, error);
  }
}
