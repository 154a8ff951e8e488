import { mapOf, textOf } from "../../core/alerting/receivers/read.ts";
import { type AwsRequest, ReceiverFault } from "../../core/alerting/receivers/request.ts";
import type { DurationMs } from "../../core/kernel/time.ts";
import type { AwsIdentity } from "../aws-clients.ts";
import type { Http } from "../http-client.ts";
import { sigv4Http } from "../sigv4-http.ts";
import type { HttpConfig } from "./http-config.ts";
import type { HttpSender, SendReply } from "./http-send.ts";

type Settings = { readonly [name: string]: unknown };

export interface AwsSettings {
  /** Of whatever runs this. */
  readonly credentials: () => Promise<AwsIdentity>;
  /** Where this runs, for settings that do not say. */
  readonly region?: string;
  /** One address for all services instead of Amazon's. */
  readonly endpoint?: string;
}

export interface AwsCall {
  readonly request: AwsRequest;
  readonly settings: Settings;
  readonly headers: Readonly<Record<string, string>>;
  readonly config: HttpConfig;
  readonly timeoutMs: DurationMs;
  readonly signal?: AbortSignal;
}

interface Assumed {
  readonly identity: AwsIdentity;
  readonly until: number;
}

/** A role is taken on anew a little before its time is up. */
const EARLY_MS = 60_000;

/** Of the partition that a region belongs to. */
const domainOf = (region: string): string => (region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com");

const tag = (xml: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";

/**
 * Calls of AWS services by their plain protocols, signed: with the keys of the settings, or a role, or what this runs as. Rejects with
 * HttpFailure or an Error without secrets.
 */
export function awsCaller(
  sender: HttpSender,
  aws: AwsSettings,
  now: () => number,
): (call: AwsCall) => Promise<SendReply> {
  const roles = new Map<string, Assumed>();

  const signed = (call: AwsCall, service: string, region: string, credentials: () => Promise<AwsIdentity>) => {
    const { config, timeoutMs, signal } = call;
    const http: Http = async (ask) => {
      // Host belongs to the signature and is set again from the address.
      const { host: _, ...headers } = ask.headers;
      const reply = await sender.send({
        method: ask.method,
        url: ask.url,
        headers,
        body: ask.body ?? "",
        timeoutMs,
        connecting: config.connecting,
        // A redirect would need another signature.
        followRedirects: false,
        ...(signal ? { signal } : {}),
      });
      return { status: reply.status, headers: reply.headers, body: reply.body };
    };
    return sigv4Http({ http, service, region, credentials, now });
  };

  const assume = async (call: AwsCall, region: string, sigv4: Settings, own: () => Promise<AwsIdentity>) => {
    const role = textOf(sigv4, "role_arn");
    const external = textOf(sigv4, "external_id");
    const key = JSON.stringify([role, external, textOf(sigv4, "access_key")]);
    const known = roles.get(key);
    if (known && now() < known.until) return known.identity;
    const query = new URLSearchParams({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: role,
      RoleSessionName: `headgate-${now()}`,
      ...(external === "" ? {} : { ExternalId: external }),
    });
    const url = new URL(aws.endpoint ?? `https://sts.${region}.${domainOf(region)}/`);
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const { status, body } = await signed(
      call,
      "sts",
      region,
      own,
    )({
      method: "POST",
      url,
      headers,
      body: query.toString(),
      timeoutMs: call.timeoutMs,
      maxBytes: 65_536,
    });
    if (status !== 200)
      throw new ReceiverFault(
        `the role was not given: ${status} ${tag(body, "Code")}`.trim(),
        status >= 500 || status === 429,
      );
    const ends = Date.parse(tag(body, "Expiration"));
    const identity = {
      accessKeyId: tag(body, "AccessKeyId"),
      secretAccessKey: tag(body, "SecretAccessKey"),
      sessionToken: tag(body, "SessionToken"),
    };
    roles.set(key, { identity, until: (Number.isNaN(ends) ? now() : ends) - EARLY_MS });
    return identity;
  };

  return async (call) => {
    const { request, settings, headers, timeoutMs } = call;
    const sigv4 = mapOf(settings, "sigv4");
    if (textOf(sigv4, "profile") !== "")
      throw new ReceiverFault("sigv4.profile is not read; use access_key and secret_key, or role_arn");
    const region = request.region ?? aws.region ?? "";
    if (region === "") throw new ReceiverFault("region not configured");
    const [access, secret] = [textOf(sigv4, "access_key"), textOf(sigv4, "secret_key")];
    const own = access === "" ? aws.credentials : async () => ({ accessKeyId: access, secretAccessKey: secret });
    const credentials = textOf(sigv4, "role_arn") === "" ? own : () => assume(call, region, sigv4, own);
    const address = request.endpoint ?? aws.endpoint ?? `https://${request.service}.${region}.${domainOf(region)}/`;
    if (!URL.canParse(address)) throw new ReceiverFault("the address to send to is none");
    const url = new URL(address);
    // Host and date are the signature's; everything else goes along signed.
    const reply = await signed(
      call,
      request.service,
      region,
      credentials,
    )({
      method: "POST",
      url: request.service === "sqs" ? new URL("/", url) : url,
      headers: { ...headers, ...request.headers },
      body: request.body,
      timeoutMs,
      maxBytes: 65_536,
    });
    return { status: reply.status, headers: reply.headers as SendReply["headers"], body: reply.body };
  };
}
