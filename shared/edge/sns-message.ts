import { verify, X509Certificate } from "node:crypto";
import * as v from "valibot";
import type { Millis } from "../core/kernel/time.ts";
import type { Got } from "./limited-get.ts";

const text = v.string();
const Message = v.variant("Type", [
  v.object({
    Type: v.literal("Notification"),
    MessageId: text,
    TopicArn: text,
    Subject: v.nullish(text),
    Message: text,
    Timestamp: text,
    SignatureVersion: text,
    Signature: text,
    SigningCertURL: text,
  }),
  v.object({
    Type: v.picklist(["SubscriptionConfirmation", "UnsubscribeConfirmation"]),
    MessageId: text,
    TopicArn: text,
    Message: text,
    Timestamp: text,
    Token: text,
    SubscribeURL: text,
    SignatureVersion: text,
    Signature: text,
    SigningCertURL: text,
  }),
]);

/** What SNS posts to an HTTP(S) subscription. */
export type SnsMessage = v.InferOutput<typeof Message>;

/** A message in the form of SNS; undefined for anything else (raw message delivery has no signature, and is nothing that can be checked). */
export function readSnsMessage(body: string): SnsMessage | undefined {
  try {
    const parsed = v.safeParse(Message, JSON.parse(body));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

const HOST = /^sns\.[a-z0-9-]{3,40}\.amazonaws\.com(\.cn)?$/;

/** An address of SNS itself: https, its own host, no port, no user. */
export function snsAddress(given: string): URL | undefined {
  if (!URL.canParse(given)) return undefined;
  const url = new URL(given);
  const plain = url.port === "" && url.username === "" && url.password === "";
  return url.protocol === "https:" && HOST.test(url.hostname) && plain ? url : undefined;
}

/** SHA1withRSA and SHA256withRSA (SNS Developer Guide, "Verifying the signatures of Amazon SNS messages"). */
const DIGESTS: Readonly<Record<string, string>> = { "1": "RSA-SHA1", "2": "RSA-SHA256" };

const SIGNED = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
} as const;

/** What is signed: names and values in order, each on a line; a subject only where there is one. */
export function signedText(message: SnsMessage): string {
  const values = message as unknown as Readonly<Record<string, string | null | undefined>>;
  return SIGNED[message.Type].map((name) => (values[name] ? `${name}\n${values[name]}\n` : "")).join("");
}

const MOST_CERTIFICATES = 8;

/** Why a message is not taken. `again`: nothing is known of it yet, the same message may be taken later. */
export interface NotTaken {
  readonly why: string;
  readonly again: boolean;
}
const never = (why: string): NotTaken => ({ why, again: false });

/**
 * Checks messages against the certificate that SNS signs with: fetched once from SNS's own host and kept, refused before and after its
 * time. `get` must neither follow redirects nor read without a limit.
 *
 * @returns why a message is not taken, as the end of a sentence, and whether it may be later; undefined where it is SNS's
 */
export function snsVerifier(get: (url: URL) => Promise<Got>, now: () => Millis) {
  const certificates = new Map<string, Promise<X509Certificate | string>>();

  const fetched = async (url: URL): Promise<X509Certificate | string> => {
    const got = await get(url);
    if (!got.ok) return got.why;
    if (got.status !== 200) return `it answered ${got.status}`;
    try {
      return new X509Certificate(got.text);
    } catch {
      return "it holds none";
    }
  };

  const certificate = async (url: URL): Promise<X509Certificate | string> => {
    const known = certificates.get(url.href);
    const asked = known ?? fetched(url);
    if (!known) {
      if (certificates.size >= MOST_CERTIFICATES) certificates.clear();
      certificates.set(url.href, asked);
    }
    const found = await asked;
    if (typeof found === "string" && certificates.get(url.href) === asked) certificates.delete(url.href);
    return found;
  };

  return async (message: SnsMessage): Promise<NotTaken | undefined> => {
    const digest = Object.hasOwn(DIGESTS, message.SignatureVersion) ? DIGESTS[message.SignatureVersion] : undefined;
    if (!digest) return never("its SignatureVersion is neither 1 nor 2");
    const url = snsAddress(message.SigningCertURL);
    if (!url?.pathname.endsWith(".pem") || url.search !== "") return never("its SigningCertURL is no address of SNS");
    const signer = await certificate(url);
    if (typeof signer === "string") return { why: `its certificate could not be had: ${signer}`, again: true };
    if (now() < Date.parse(signer.validFrom) || now() > Date.parse(signer.validTo))
      return never("its certificate is not valid now");
    const good = verify(
      digest,
      Buffer.from(signedText(message)),
      signer.publicKey,
      Buffer.from(message.Signature, "base64"),
    );
    return good ? undefined : never("its signature is not SNS's");
  };
}
