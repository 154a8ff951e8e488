import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { HeadgateError } from "../core/kernel/errors.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsErrorName, awsRetryable } from "./aws-errors.ts";

/** A parameter of Systems Manager. Without `value`: it is secret, and was not asked for. */
export interface Parameter {
  readonly name: string;
  readonly type: "String" | "StringList" | "SecureString";
  readonly value?: string;
}

/** An entry of Secrets Manager. Without a value: it was not asked for. */
export interface Secret {
  readonly name: string;
  readonly value?: SecretValue;
}
export type SecretValue = { readonly text: string } | { readonly binary: string };

/** The SDK's own message, which may hold a name but never a value: values come in answers that are no errors. */
const failed = (what: string, error: unknown): HeadgateError =>
  new HeadgateError("fleet.unavailable", `${what}: ${awsErrorName(error)}: ${(error as Error).message}`, {
    cause: error,
    retryable: awsRetryable(error),
  });

/**
 * Parameters at and below a path, by name. `decrypt` false leaves SecureString parameters without their values.
 *
 * @throws HeadgateError `fleet.unavailable`
 */
export async function readParameters(
  source: ClientSource<SSMClient>,
  path: string,
  decrypt: boolean,
): Promise<readonly Parameter[]> {
  try {
    const [client, ssm] = await Promise.all([clientOf(source), import("./ssm-calls.ts")]);
    const found: Parameter[] = [];
    const take = (one: { Name?: string | undefined; Type?: string | undefined; Value?: string | undefined }) => {
      if (one.Name === undefined) return;
      const type = one.Type === "SecureString" || one.Type === "StringList" ? one.Type : "String";
      const value = type === "SecureString" && !decrypt ? undefined : one.Value;
      found.push({ name: one.Name, type, ...(value === undefined ? {} : { value }) });
    };
    const at = path.length > 1 ? path.replace(/\/+$/, "") : path;
    if (at !== "/") {
      const own = await ssm.getParameter(client, { Name: at, WithDecryption: decrypt }).catch((error: unknown) => {
        if (awsErrorName(error) === "ParameterNotFound") return undefined;
        throw error;
      });
      if (own?.Parameter) take(own.Parameter);
    }
    let NextToken: string | undefined;
    do {
      const page = await ssm.getParameters(client, {
        ...{ Path: at, Recursive: true, WithDecryption: decrypt, MaxResults: 10 },
        ...(NextToken ? { NextToken } : {}),
      });
      for (const one of page.Parameters ?? []) take(one);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw failed(`parameters at ${path} could not be read`, error);
  }
}

/**
 * Secrets by name or ARN; a * at the end takes all that begin so. `decrypt` false gives their names only.
 *
 * @throws HeadgateError `fleet.unavailable`
 */
export async function readSecrets(
  source: ClientSource<SecretsManagerClient>,
  pattern: string,
  decrypt: boolean,
): Promise<readonly Secret[]> {
  try {
    const region = pattern.startsWith("arn:") ? pattern.split(":")[3] || undefined : undefined;
    const [client, manager] = await Promise.all([clientOf(source, region), import("./secrets-calls.ts")]);
    const names = pattern.endsWith("*") ? [] : [pattern];
    const start = pattern.replace(/\*+$/, "");
    let NextToken: string | undefined;
    if (names.length === 0)
      do {
        const Filters = start === "" || start.startsWith("arn:") ? [] : [{ Key: "name" as const, Values: [start] }];
        const page = await manager.listSecrets(client, {
          MaxResults: 100,
          ...(Filters.length === 0 ? {} : { Filters }),
          ...(NextToken ? { NextToken } : {}),
        });
        // Amazon takes upper and lower case for the same in this filter.
        for (const { Name, ARN } of page.SecretList ?? [])
          if (Name !== undefined && (Name.startsWith(start) || ARN?.startsWith(start))) names.push(Name);
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    const found: Secret[] = [];
    for (const name of names.sort()) {
      if (!decrypt) {
        found.push({ name });
        continue;
      }
      const { SecretString, SecretBinary, Name } = await manager.getSecret(client, { SecretId: name });
      const value =
        SecretString !== undefined
          ? { text: SecretString }
          : { binary: Buffer.from(SecretBinary ?? []).toString("base64") };
      found.push({ name: Name ?? name, value });
    }
    return found;
  } catch (error) {
    throw failed(`secrets ${pattern} could not be read`, error);
  }
}
