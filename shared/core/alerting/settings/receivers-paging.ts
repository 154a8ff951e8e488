import { goQuoted } from "../../kernel/go-quote.ts";
import { canonicalHeader } from "./header.ts";
import { hostPort } from "./host-port.ts";
import { httpConfig, tlsConfig } from "./http-config.ts";
import type { ValueOf } from "./kind.ts";
import { bool, goDuration, int, secret, secretTemplateUrl, string, uint, url } from "./scalars.ts";
import { any, kept, list, mapOf, optional, pointer, struct } from "./structures.ts";
import { templateFault } from "./template-syntax.ts";

// Fields in upstream's order, its defaults and its refusals. Sources: config/notifiers.go and notify/*/config.go.

const http = optional(pointer(httpConfig));
const template = (name: string): string => `{{ template "${name}" . }}`;

export const webhook = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    url: optional(secretTemplateUrl),
    url_file: kept(string),
    max_alerts: kept(uint),
    timeout: kept(goDuration),
    payload: optional(any),
  },
  {
    check: (hook) => {
      if (hook.url === "" && hook.url_file === "") return "one of url or url_file must be configured";
      return hook.url !== "" && hook.url_file !== "" ? "at most one of url & url_file must be configured" : undefined;
    },
  },
);

/** What PagerDuty is told beside what the file says. */
const DETAILS: Readonly<Record<string, string>> = {
  firing: "{{ .Alerts.Firing | toJson }}",
  resolved: "{{ .Alerts.Resolved | toJson }}",
  num_firing: "{{ .Alerts.Firing | len }}",
  num_resolved: "{{ .Alerts.Resolved | len }}",
};

export const pagerduty = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    service_key: optional(secret),
    service_key_file: optional(string),
    routing_key: optional(secret),
    routing_key_file: optional(string),
    url: optional(url),
    client: optional(string, template("pagerduty.default.client")),
    client_url: optional(string, template("pagerduty.default.clientURL")),
    description: optional(string, '{{ template "pagerduty.default.description" .}}'),
    details: optional(mapOf(any)),
    images: optional(list(struct({ src: optional(string), alt: optional(string), href: optional(string) }))),
    links: optional(list(struct({ href: optional(string), text: optional(string) }))),
    source: optional(string),
    severity: optional(string),
    class: optional(string),
    component: optional(string),
    group: optional(string),
    timeout: kept(goDuration),
  },
  {
    check: (pager) => {
      const keys = [pager.routing_key, pager.service_key, pager.routing_key_file, pager.service_key_file];
      if (keys.every((key) => key === "")) return "missing service or routing key in PagerDuty config";
      if (pager.routing_key !== "" && pager.routing_key_file !== "")
        return "at most one of routing_key & routing_key_file must be configured";
      return pager.service_key !== "" && pager.service_key_file !== ""
        ? "at most one of service_key & service_key_file must be configured"
        : undefined;
    },
    complete: (pager) => ({
      ...pager,
      details: { ...DETAILS, ...pager.details },
      source: pager.source === "" ? pager.client : pager.source,
    }),
  },
);

const RESPONDER_TYPES = "^(team|teams|user|escalation|schedule)$";

const responder = struct({
  id: optional(string),
  name: optional(string),
  username: optional(string),
  type: optional(string),
});

function responderFault(one: ValueOf<typeof responder>): string | undefined {
  const told = `{${one.id} ${one.name} ${one.username} ${one.type}}`;
  const { type } = one;
  if (one.id === "" && one.username === "" && one.name === "")
    return `opsGenieConfig responder ${told} has to have at least one of id, username or name specified`;
  if (type.includes("{{")) {
    const wrong = templateFault(type);
    return wrong && `opsGenieConfig responder ${told} type contains invalid template syntax: ${wrong}`;
  }
  return new RegExp(RESPONDER_TYPES).test(type.toLowerCase())
    ? undefined
    : `opsGenieConfig responder ${told.replace(type, type.toLowerCase())} type does not match valid options ${RESPONDER_TYPES}`;
}

export const opsgenie = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    api_key: optional(secret),
    api_key_file: optional(string),
    api_url: optional(url),
    message: optional(string, template("opsgenie.default.message")),
    description: optional(string, template("opsgenie.default.description")),
    source: optional(string, template("opsgenie.default.source")),
    details: optional(mapOf(string)),
    entity: optional(string),
    responders: optional(list(responder)),
    actions: optional(string),
    tags: optional(string),
    note: optional(string),
    priority: optional(string),
    update_alerts: optional(bool),
  },
  {
    check: ({ api_key: key, api_key_file: file, responders }) => {
      if (key !== "" && file !== "") return "at most one of api_key & api_key_file must be configured";
      for (const one of responders ?? []) {
        const wrong = responderFault(one);
        if (wrong !== undefined) return { message: wrong, key: "responders" };
      }
      return undefined;
    },
  },
);

export const email = struct(
  {
    send_resolved: kept(bool, false),
    to: optional(string),
    from: optional(string),
    hello: optional(string),
    smarthost: optional(hostPort),
    auth_username: optional(string),
    auth_password: optional(secret),
    auth_password_file: optional(string),
    auth_secret: optional(secret),
    auth_secret_file: optional(string),
    auth_identity: optional(string),
    headers: optional(mapOf(string)),
    html: optional(string, template("email.default.html")),
    text: optional(string),
    require_tls: optional(pointer(bool)),
    tls_config: optional(pointer(tlsConfig)),
    force_implicit_tls: optional(pointer(bool)),
    threading: optional(struct({ enabled: optional(bool), thread_by_date: optional(string) })),
  },
  {
    check: ({ to, headers, threading }) => {
      if (to === "") return "missing to address in email config";
      const names = new Set<string>();
      for (const name of Object.keys(headers ?? {}).map(canonicalHeader)) {
        if (names.has(name)) return { message: `duplicate header ${goQuoted(name)} in email config`, key: "headers" };
        names.add(name);
      }
      if (!threading.enabled) return undefined;
      for (const name of ["References", "In-Reply-To"])
        if (names.has(name)) return `conflicting configuration: threading.enabled conflicts with custom ${name} header`;
      return ["none", "daily"].includes(threading.thread_by_date)
        ? undefined
        : "threading.thread_by_date must be either 'none' or 'daily'";
    },
    complete: (mail) => ({
      ...mail,
      headers: Object.fromEntries(
        Object.entries(mail.headers ?? {}).map(([name, value]) => [canonicalHeader(name), value]),
      ),
    }),
  },
);

const sigv4 = struct(
  {
    region: optional(string),
    access_key: optional(string),
    secret_key: optional(secret),
    profile: optional(string),
    role_arn: optional(string),
    external_id: optional(string),
    use_fips_sts_endpoint: optional(bool),
    service_name: optional(string),
  },
  {
    check: (given) => {
      if ((given.access_key === "") !== (given.secret_key === ""))
        return "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config";
      return given.external_id !== "" && given.role_arn === ""
        ? "external_id can only be used with role_arn"
        : undefined;
    },
  },
);

export const sns = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    api_url: optional(string),
    sigv4: kept(sigv4),
    topic_arn: optional(string),
    phone_number: optional(string),
    target_arn: optional(string),
    subject: optional(string, template("sns.default.subject")),
    message: optional(string, template("sns.default.message")),
    attributes: optional(mapOf(string)),
    use_aws_http_client: optional(bool),
  },
  {
    // As upstream compares: one of them, or all three.
    check: ({ target_arn: target, topic_arn: topic, phone_number: phone }) =>
      ((target === "") !== (topic === "")) !== (phone === "")
        ? "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config"
        : undefined,
  },
);

export const telegram = struct(
  {
    send_resolved: kept(bool, true),
    http_config: http,
    api_url: kept(url),
    bot_token: optional(secret),
    bot_token_file: optional(string),
    chat_id: optional(int),
    chat_id_file: optional(string),
    message_thread_id: optional(int),
    message: optional(string, template("telegram.default.message")),
    disable_notifications: optional(bool),
    parse_mode: optional(string, "HTML"),
  },
  {
    check: (chat) => {
      if (chat.bot_token !== "" && chat.bot_token_file !== "")
        return "at most one of bot_token & bot_token_file must be configured";
      if (chat.chat_id === 0 && chat.chat_id_file === "") return "missing chat_id or chat_id_file on telegram_config";
      if (chat.chat_id !== 0 && chat.chat_id_file !== "")
        return "at most one of chat_id & chat_id_file must be configured";
      return ["", "Markdown", "MarkdownV2", "HTML"].includes(chat.parse_mode)
        ? undefined
        : "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string";
    },
  },
);
