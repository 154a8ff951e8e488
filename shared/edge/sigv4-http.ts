import { SignatureV4 } from "@smithy/signature-v4";
import type { Millis } from "../core/kernel/time.ts";
import type { AwsIdentity } from "./aws-clients.ts";
import type { Http } from "./http-client.ts";
import { SHA256 } from "./sigv4-sha256.ts";

export interface SigV4Options {
  readonly http: Http;
  /** Signing name: `aps` for Amazon Managed Prometheus. */
  readonly service: string;
  readonly region: string;
  /** Asked for each request; whoever provides them keeps and renews them. */
  readonly credentials: () => Promise<AwsIdentity>;
  readonly now?: () => Millis;
}

/** Signs each request with AWS Signature Version 4, query and body included. */
export function sigv4Http({ http, service, region, credentials, now = Date.now }: SigV4Options): Http {
  const signer = new SignatureV4({ service, region, credentials, sha256: SHA256 });
  return async (ask) => {
    const { url } = ask;
    const signed = await signer.sign(
      {
        method: ask.method,
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === "" ? {} : { port: Number(url.port) }),
        path: url.pathname,
        query: queryOf(url),
        headers: { ...ask.headers, host: url.host },
        ...(ask.body === undefined ? {} : { body: ask.body }),
      },
      { signingDate: new Date(now()) },
    );
    return http({ ...ask, headers: signed.headers });
  };
}

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  return query;
}
