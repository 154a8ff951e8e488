import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Millis } from "../core/kernel/time.ts";
import type { AwsIdentity } from "./aws-clients.ts";
import type { Http } from "./http-client.ts";

export interface SigV4Options {
  readonly http: Http;
  /** Signing name: `aps` for Amazon Managed Prometheus. */
  readonly service: string;
  readonly region: string;
  /** Asked for each request; whoever provides them keeps and renews them. */
  readonly credentials: () => Promise<AwsIdentity>;
  readonly now?: () => Millis;
}

type Bytes = string | ArrayBuffer | ArrayBufferView;
const bytesOf = (data: Bytes): Uint8Array | string => {
  if (typeof data === "string") return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

/** SHA-256, and HMAC-SHA-256 with a secret, as the signer wants them: something to be called with `new`. */
function Sha256(secret?: Bytes) {
  const fresh = () => (secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret)));
  let hash = fresh();
  return {
    update: (data: Bytes) => void hash.update(bytesOf(data)),
    digest: async () => new Uint8Array(hash.digest()),
    reset: () => {
      hash = fresh();
    },
  };
}

type Sha256Constructor = ConstructorParameters<typeof SignatureV4>[0]["sha256"];

/** Signs each request with AWS Signature Version 4, query and body included. */
export function sigv4Http({ http, service, region, credentials, now = Date.now }: SigV4Options): Http {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 as unknown as Sha256Constructor });
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
