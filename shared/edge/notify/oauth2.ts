import { mapOf, textOf, textsOf } from "../../core/alerting/receivers/read.ts";
import { ReceiverFault } from "../../core/alerting/receivers/request.ts";
import type { Connecting } from "./agents.ts";
import type { HttpSender } from "./http-send.ts";
import { proxyOf } from "./proxy.ts";
import { tlsOf } from "./tls.ts";

type Settings = { readonly [name: string]: unknown };

export interface OAuth2Options {
  readonly sender: HttpSender;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

interface Token {
  readonly value: string;
  readonly until: number;
}

const TOKEN_MS = 10_000;
/** A token is renewed a little before it ends, as Go's oauth2 does (expiryDelta 10 s). */
const EARLY_MS = 10_000;
const FOREVER_MS = 3_600_000;

const form = (value: string): string => encodeURIComponent(value).replace(/%20/g, "+");

/**
 * Access tokens by client credentials (RFC 6749, 4.4), kept until they end. The client proves itself by basic authentication, and in
 * the body where a server refuses that. Rejects with an Error without secrets.
 */
export function oauth2({ sender, env, now }: OAuth2Options): (config: Settings) => Promise<string> {
  const kept = new Map<string, Token>();
  const coming = new Map<string, Promise<Token>>();

  const ask = async (config: Settings, inBody: boolean): Promise<{ status: number; body: string }> => {
    const url = new URL(textOf(config, "token_url"));
    const [id, secret] = [textOf(config, "client_id"), textOf(config, "client_secret")];
    const scopes = textsOf(config, "scopes");
    const more = mapOf(config, "endpoint_params");
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
      ...Object.fromEntries(Object.keys(more).map((name) => [name, textOf(more, name)])),
      ...(inBody ? { client_id: id, client_secret: secret } : {}),
    });
    const basic = `Basic ${Buffer.from(`${form(id)}:${form(secret)}`).toString("base64")}`;
    const tls = tlsOf(mapOf(config, "tls_config"));
    const connecting: Connecting = { ...(tls ? { tls } : {}), ...proxyOf(config, url, env) };
    return sender.send({
      method: "POST",
      url,
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      ...(inBody ? {} : { secretHeaders: { Authorization: basic } }),
      body: body.toString(),
      timeoutMs: TOKEN_MS,
      connecting,
      followRedirects: false,
    });
  };

  const fetchToken = async (config: Settings): Promise<Token> => {
    if (textOf(config, "grant_type") !== "" && textOf(config, "grant_type") !== "client_credentials")
      throw new ReceiverFault(
        `oauth2 with grant_type ${textOf(config, "grant_type")} is not sent with; use client_credentials`,
      );
    let answer = await ask(config, false);
    if (answer.status === 400 || answer.status === 401) answer = await ask(config, true);
    if (answer.status < 200 || answer.status > 299)
      throw new Error(`oauth2: the token's server answered ${answer.status}`);
    const said = parsed(answer.body);
    const value = textOf(said, "access_token");
    if (value === "") throw new Error("oauth2: the token's server answered without an access_token");
    const seconds = Number(said["expires_in"]);
    return { value, until: now() + (seconds > 0 ? seconds * 1_000 : FOREVER_MS) - EARLY_MS };
  };

  return async (config) => {
    const key = JSON.stringify(config);
    const token = kept.get(key);
    if (token && now() < token.until) return token.value;
    const running = coming.get(key) ?? fetchToken(config);
    coming.set(key, running);
    try {
      const fresh = await running;
      kept.set(key, fresh);
      return fresh.value;
    } finally {
      coming.delete(key);
    }
  };
}

function parsed(body: string): Settings {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Settings) : {};
  } catch {
    return {};
  }
}
