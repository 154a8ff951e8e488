import { SignatureV4 } from "@smithy/signature-v4";
import type { Millis } from "../core/kernel/time.ts";
import type { AwsIdentity } from "./aws-clients.ts";
import { SHA256 } from "./sigv4-sha256.ts";

export interface MskTokenOptions {
  readonly region: string;
  readonly credentials: () => Promise<AwsIdentity>;
  readonly now?: () => Millis;
}

/** What brokers accept at most; they end the session with it, and the client signs in anew before. */
const VALID_SECONDS = 900;

/**
 * A token with which a client of Amazon MSK signs in by IAM (mechanism OAUTHBEARER): the address of a request "may this identity connect",
 * signed with Signature Version 4 in its query, as base64url.
 */
export async function mskToken({ region, credentials, now = Date.now }: MskTokenOptions): Promise<string> {
  const hostname = `kafka.${region}.amazonaws.com`;
  const signer = new SignatureV4({ service: "kafka-cluster", region, credentials, sha256: SHA256 });
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname,
      path: "/",
      query: { Action: "kafka-cluster:Connect" },
      headers: { host: hostname },
    },
    { signingDate: new Date(now()), expiresIn: VALID_SECONDS },
  );
  // Who asks is told for the cluster's log; it is not part of what is signed.
  const query = Object.entries({ ...signed.query, "User-Agent": "headgate" })
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join("&");
  return Buffer.from(`https://${hostname}/?${query}`).toString("base64url");
}
