import type { SSMClient } from "@aws-sdk/client-ssm";
import { HeadgateError } from "../core/kernel/errors.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsErrorName, awsRetryable } from "./aws-errors.ts";

const failed = (what: string, error: unknown): HeadgateError =>
  new HeadgateError("fleet.unavailable", `${what}: ${awsErrorName(error)}: ${(error as Error).message}`, {
    cause: error,
    retryable: awsRetryable(error),
  });

/** Value of a parameter of Systems Manager that is no secret; undefined: it is not there. @throws HeadgateError `fleet.unavailable` */
export async function getParameter(source: ClientSource<SSMClient>, name: string): Promise<string | undefined> {
  try {
    const [client, ssm] = await Promise.all([clientOf(source), import("./ssm-calls.ts")]);
    const { Parameter } = await ssm.getParameter(client, { Name: name });
    if (Parameter?.Type === "SecureString")
      throw new HeadgateError("input.invalid", `${name} is a secret: what clients go by is none`);
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    if (awsErrorName(error) === "ParameterNotFound") return undefined;
    throw failed(`parameter ${name} cannot be read`, error);
  }
}

/** Sets a parameter; one that is there keeps its type. @throws HeadgateError `fleet.unavailable` */
export async function setParameter(source: ClientSource<SSMClient>, name: string, value: string): Promise<void> {
  try {
    const [client, ssm] = await Promise.all([clientOf(source), import("./ssm-calls.ts")]);
    const { Parameter } = await ssm.getParameter(client, { Name: name }).catch((error: unknown) => {
      if (awsErrorName(error) === "ParameterNotFound") return { Parameter: undefined };
      throw error;
    });
    await ssm.putParameter(client, { Name: name, Value: value, Type: Parameter?.Type ?? "String", Overwrite: true });
  } catch (error) {
    throw failed(`parameter ${name} cannot be set`, error);
  }
}
