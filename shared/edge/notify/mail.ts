import { lookup } from "node:dns";
import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { mapOf, textOf } from "../../core/alerting/receivers/read.ts";
import type { MailRequest } from "../../core/alerting/receivers/request.ts";
import type { DurationMs } from "../../core/kernel/time.ts";
import { guardedLookup, HttpFailure } from "../http-client.ts";
import { judgeOf } from "./address-judge.ts";
import { authenticate } from "./mail-auth.ts";
import { tlsOf } from "./tls.ts";

type Settings = { readonly [name: string]: unknown };

/**
 * Hands a mail to the server of the settings. Resolves with the recipients that the server refused for good while it took others;
 * rejects with an Error without secrets.
 */
export type MailSender = (
  mail: MailRequest,
  settings: Settings,
  timeoutMs: DurationMs,
  signal?: AbortSignal,
) => Promise<readonly string[]>;

/** "host:port", an IPv6 address in brackets. */
function addressOf(smarthost: string): { readonly host: string; readonly port: number } {
  const at = smarthost.lastIndexOf(":");
  return { host: smarthost.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(smarthost.slice(at + 1)) };
}

/** The name that a service has on most machines, in place of its number. */
const PORTS: Readonly<Record<string, number>> = { smtp: 25, submission: 587, smtps: 465, submissions: 465 };

function open(host: string, port: number, lookUp: LookupFunction): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup: lookUp });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error instanceof HttpFailure) reject(error);
      else reject(new Error(`establish connection to server: ${error.message || error.code}`));
    });
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

const isThisMachine = (host: string): boolean => ["localhost", "127.0.0.1", "::1"].includes(host);

export function mailSender({ allowLocal }: { readonly allowLocal: boolean }): MailSender {
  const judge = judgeOf(allowLocal);
  const lookUp = guardedLookup(lookup, judge);

  return async (mail, settings, timeoutMs, signal) => {
    const { default: Connection } = await import("nodemailer/lib/smtp-connection");
    const smarthost = textOf(settings, "smarthost");
    const name = smarthost.slice(smarthost.lastIndexOf(":") + 1);
    const { host, port: number } = addressOf(smarthost);
    const port = PORTS[name] ?? number;
    const refused = judge(host);
    if (refused) throw new HttpFailure("refused", `${host} is ${refused}, which may not be reached from here`);
    const forced = settings["force_implicit_tls"];
    const implicit = typeof forced === "boolean" ? forced : name === "465";
    const tls = tlsOf(mapOf(settings, "tls_config")) ?? {};
    const starts = settings["require_tls"] !== false && !implicit;
    const user = textOf(settings, "auth_username");
    const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined);

    const socket = await open(host, port, lookUp);
    const connection = new Connection({
      connection: socket,
      host,
      port,
      secure: implicit,
      requireTLS: starts,
      ignoreTLS: !starts,
      ...(textOf(settings, "hello") === "" ? {} : { name: textOf(settings, "hello") }),
      tls: { ...tls, ...(servername === undefined ? {} : { servername }) },
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      customAuth: {
        HEADGATE: (context) => authenticate(context, { settings, private: implicit || starts || isThisMachine(host) }),
      },
    });
    return new Promise<readonly string[]>((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
        settle();
      };
      const fail = (error: Error) =>
        end(() => {
          connection.close();
          reject(error);
        });
      const timer = setTimeout(
        () => fail(new Error(`${host} did not take the mail within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const stop = () => fail(new Error(`${host}: no answer in the time there was`));
      signal?.addEventListener("abort", stop, { once: true });
      connection.once("error", fail);
      const send = () =>
        connection.send({ from: mail.from, to: [...mail.to] }, mail.message, (error, info) => {
          if (error) return fail(error);
          const soon = info.rejectedErrors?.find(({ responseCode }) => (responseCode ?? 0) < 500);
          if (soon) return fail(soon);
          end(() => {
            connection.quit();
            resolve(info.rejected);
          });
        });
      connection.connect((error) => {
        if (error) return fail(error);
        // Upstream too sends without authentication where the server knows none.
        if (user === "" || !connection.allowsAuth) return send();
        connection.login({ method: "HEADGATE", credentials: { user, pass: "" } } as never, (refusal) =>
          refusal ? fail(refusal) : send(),
        );
      });
    });
  };
}
