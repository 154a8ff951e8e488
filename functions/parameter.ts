// Loaded when a reference ssm:/path is first read.
import "./shared-parts.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";
import { httpClient } from "../shared/edge/http-client.ts";
import { sigv4Http } from "../shared/edge/sigv4-http.ts";

const TIMEOUT_MS = 3_000;
/** A parameter has 8 KB at most, the answer little more. */
const MOST_BYTES = 65_536;

export interface ParameterOptions {
  readonly clients: Pick<AwsClients, "credentials">;
  readonly region: string | undefined;
  /** One address for all of AWS; it may be on this machine. */
  readonly endpoint?: string;
}

/**
 * Value of a parameter of AWS Systems Manager, decrypted (API GetParameter).
 *
 * @throws HeadgateError `input.invalid` without a region or when it is not given; the message names the path, never the value
 */
export async function parameter({ clients, region, endpoint }: ParameterOptions, path: string): Promise<string> {
  const refuse = (why: string) => new HeadgateError("input.invalid", `ssm:${path} cannot be read: ${why}`);
  if (region === undefined) throw refuse("no region is set");
  const plain = httpClient({ allowLocal: endpoint !== undefined });
  const http = sigv4Http({ http: plain, service: "ssm", region, credentials: clients.credentials });
  const { status, body } = await http({
    method: "POST",
    url: new URL(endpoint ?? `https://ssm.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`),
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.GetParameter" },
    body: JSON.stringify({ Name: path, WithDecryption: true }),
    timeoutMs: TIMEOUT_MS,
    maxBytes: MOST_BYTES,
  });
  if (status !== 200) throw refuse(`the answer was ${status}`);
  const value = (JSON.parse(body) as { readonly Parameter?: { readonly Value?: unknown } }).Parameter?.Value;
  if (typeof value !== "string") throw refuse("the answer has no value");
  return value;
}
