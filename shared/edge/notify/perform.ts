import { failureReason, judgeStatus } from "../../core/alerting/receivers/judge.ts";
import { type Judged, type Plan, ReceiverFault, type ReceiverRequest } from "../../core/alerting/receivers/request.ts";
import type { DurationMs } from "../../core/kernel/time.ts";
import { type AwsSettings, awsCaller } from "./aws-call.ts";
import { httpConfigs } from "./http-config.ts";
import { type HttpSendOptions, httpSender, type SendReply } from "./http-send.ts";
import { type MailSender, mailSender } from "./mail.ts";
import { retryAfter } from "./retry-after.ts";
import type { Secrets } from "./secrets.ts";

export interface PerformOptions {
  readonly http: HttpSendOptions;
  readonly secrets: Secrets;
  readonly aws: AwsSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly now: () => number;
}

/** An integration's settings as they are now, and what of them must not be shown; more is found on the way. */
export interface Found {
  readonly settings: { readonly [name: string]: unknown };
  readonly secrets: string[];
}

export interface Performing {
  readonly request: ReceiverRequest;
  readonly plan: Plan;
  readonly found: Found;
  readonly timeoutMs: DurationMs;
  readonly signal?: AbortSignal;
}

export interface Performer {
  /** One request and what its answer means. Rejects where there is none. */
  perform(performing: Performing): Promise<Judged>;
  close(): void;
}

function addressOf(text: string): URL {
  if (!URL.canParse(text)) throw new ReceiverFault("the address to send to is none");
  return new URL(text);
}

/** Carries requests out: by HTTP, by mail, by a call of AWS. */
export function performer(options: PerformOptions): Performer {
  const sender = httpSender(options.http);
  const configOf = httpConfigs({ sender, secrets: options.secrets, env: options.env, now: options.now });
  const callAws = awsCaller(sender, options.aws, options.now);
  const agent = { "User-Agent": `Headgate/${options.version}` };
  let mails: MailSender | undefined;

  const ask = async ({ request, found, timeoutMs, signal }: Performing): Promise<SendReply> => {
    if (request.kind === "mail") throw new ReceiverFault("a mail is no request over HTTP");
    const url = addressOf(request.kind === "http" ? request.url : (request.endpoint ?? "https://amazonaws.com/"));
    const config = await configOf(found.settings, url);
    found.secrets.push(...config.secrets, ...(request.kind === "http" ? [request.url] : []));
    const limits = { timeoutMs, ...(signal ? { signal } : {}) };
    if (request.kind === "aws")
      return callAws({ request, settings: found.settings, headers: agent, config, ...limits });
    return sender.send({
      method: request.method,
      url,
      headers: { ...agent, ...request.headers },
      secretHeaders: { ...request.secretHeaders, ...config.secretHeaders },
      body: request.body,
      connecting: config.connecting,
      followRedirects: config.followRedirects,
      ...limits,
    });
  };

  return {
    perform: async (performing) => {
      const { request, plan, found, timeoutMs, signal } = performing;
      if (request.kind === "mail") {
        mails ??= mailSender(options.http);
        const refused = await mails(request, found.settings, timeoutMs, signal);
        return { ok: true, ...(refused.length === 0 ? {} : { note: `refused by the server: ${refused.join(", ")}` }) };
      }
      const { status, headers, body } = await ask(performing);
      const judged = (plan.judge ?? judgeStatus)({ status, contentType: headers["content-type"] ?? "", body });
      if (judged.ok) return judged;
      const after = judged.retryAfterMs ?? retryAfter(headers["retry-after"], options.now());
      // Whoever says when to come again wants to be asked again, though upstream takes 429 as final from most receivers.
      const asked = after !== undefined && status === 429;
      return {
        ...judged,
        reason: failureReason(status),
        retry: judged.retry || asked,
        ...(after === undefined ? {} : { retryAfterMs: after }),
      };
    },
    close: () => sender.close(),
  };
}
