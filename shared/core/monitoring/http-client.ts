import { type Field, fields, flag, type Notes, type Path, text, wrong } from "../kernel/fields.ts";
import type { HttpClientSettings, SecretText, TlsSettings } from "./settings.ts";

/** A secret in a file of its own. */
const secretFile: Field<SecretText> = (value, path, notes) => {
  const file = text(value, path, notes);
  return file === undefined ? undefined : `file:${file}`;
};

/** A secret in place: only as a reference, because the configuration is stored and shown. The value never gets into a fault. */
const secret: Field<SecretText> = (value, path, notes) => {
  if (typeof value === "string" && /^(env:[A-Za-z_]\w*|file:(?!\/\/).+|ssm:\/[\w./-]+)$/.test(value)) return value;
  notes.faults.push({
    path,
    message: "a secret may not stand in the file",
    allowed: `${String(path.at(-1))}_file, or a reference: env:NAME, file:path or ssm:/path`,
  });
  return undefined;
};

const tls = fields({ ca_file: text, cert_file: text, key_file: text, server_name: text, insecure_skip_verify: flag }, [
  "ca",
  "cert",
  "key",
  "ca_ref",
  "cert_ref",
  "key_ref",
  "min_version",
  "max_version",
]);

/** Keys of an HTTP client that stand beside others (`scrape_configs`, `http_sd_configs`, `alertmanagers`). */
export const httpFields = {
  basic_auth: fields({ username: text, username_file: secretFile, password: secret, password_file: secretFile }, [
    "username_ref",
    "password_ref",
  ]),
  authorization: fields({ type: text, credentials: secret, credentials_file: secretFile }, ["credentials_ref"]),
  bearer_token: secret,
  bearer_token_file: secretFile,
  tls_config: tls,
  follow_redirects: flag,
};

export const HTTP_INERT = [
  "oauth2",
  "enable_http2",
  "http_headers",
  "proxy_url",
  "no_proxy",
  "proxy_from_environment",
  "proxy_connect_header",
];

type Written = { readonly [K in keyof typeof httpFields]?: (typeof httpFields)[K] extends Field<infer T> ? T : never };

const exclusive = (notes: Notes, path: Path, message: string, ...given: readonly unknown[]): void => {
  if (given.filter((one) => one !== undefined).length > 1) notes.faults.push({ path, message });
};

function tlsOf(written: NonNullable<Written["tls_config"]>): TlsSettings {
  return {
    ...(written.ca_file === undefined ? {} : { caFile: written.ca_file }),
    ...(written.cert_file === undefined ? {} : { certFile: written.cert_file }),
    ...(written.key_file === undefined ? {} : { keyFile: written.key_file }),
    ...(written.server_name === undefined ? {} : { serverName: written.server_name }),
    insecureSkipVerify: written.insecure_skip_verify ?? false,
  };
}

/** Puts together what {@link httpFields} have read, with the checks of prometheus/common HTTPClientConfig.Validate. */
export function httpClientOf(written: Written, path: Path, notes: Notes): HttpClientSettings {
  const { basic_auth: basic, authorization, bearer_token, bearer_token_file, tls_config } = written;
  const at = (key: string) => [...path, key];
  exclusive(
    notes,
    at("bearer_token_file"),
    "at most one of bearer_token and bearer_token_file",
    bearer_token,
    bearer_token_file,
  );
  const bearer = bearer_token ?? bearer_token_file;
  if (bearer !== undefined && authorization)
    notes.faults.push({ path: at("authorization"), message: "authorization and bearer_token exclude each other" });
  if (basic && (authorization ?? bearer) !== undefined)
    notes.faults.push({ path: at("basic_auth"), message: "at most one of basic_auth, authorization, bearer_token" });
  if (basic) {
    exclusive(
      notes,
      at("basic_auth"),
      "at most one of username and username_file",
      basic.username,
      basic.username_file,
    );
    exclusive(
      notes,
      at("basic_auth"),
      "at most one of password and password_file",
      basic.password,
      basic.password_file,
    );
  }
  const type = (authorization?.type ?? "").trim();
  if (authorization) {
    exclusive(
      notes,
      at("authorization"),
      "at most one of credentials and credentials_file",
      authorization.credentials,
      authorization.credentials_file,
    );
    if (type.toLowerCase() === "basic")
      wrong(notes, [...at("authorization"), "type"], type, 'the type cannot be "basic"', "basic_auth instead");
  }
  if (tls_config && (tls_config.cert_file === undefined) !== (tls_config.key_file === undefined))
    notes.faults.push({ path: at("tls_config"), message: "cert_file and key_file belong together" });
  const credentials = authorization?.credentials ?? authorization?.credentials_file ?? bearer;
  const password = basic?.password ?? basic?.password_file;
  return {
    ...(basic
      ? {
          basicAuth: {
            ...(basic.username === undefined ? {} : { user: basic.username }),
            ...(basic.username_file === undefined ? {} : { userFrom: basic.username_file }),
            ...(password === undefined ? {} : { passwordFrom: password }),
          },
        }
      : {}),
    ...(authorization || bearer !== undefined
      ? {
          authorization: {
            type: type || "Bearer",
            ...(credentials === undefined ? {} : { credentialsFrom: credentials }),
          },
        }
      : {}),
    ...(tls_config ? { tls: tlsOf(tls_config) } : {}),
    followRedirects: written.follow_redirects ?? true,
  };
}
