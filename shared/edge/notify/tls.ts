import { flagOf, textOf } from "../../core/alerting/receivers/read.ts";
import type { TlsSettings } from "./agents.ts";

const VERSIONS: Readonly<Record<string, NonNullable<TlsSettings["minVersion"]>>> = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
};

/** `tls_config` as Node wants it; undefined when it asks for nothing. */
export function tlsOf(tls: { readonly [name: string]: unknown }): TlsSettings | undefined {
  const text = (name: string) => textOf(tls, name);
  const versions = [VERSIONS[text("min_version")], VERSIONS[text("max_version")]] as const;
  const found: TlsSettings = {
    ...(text("ca") === "" ? {} : { ca: text("ca") }),
    ...(text("cert") === "" ? {} : { cert: text("cert") }),
    ...(text("key") === "" ? {} : { key: text("key") }),
    ...(text("server_name") === "" ? {} : { servername: text("server_name") }),
    ...(flagOf(tls, "insecure_skip_verify") ? { rejectUnauthorized: false as const } : {}),
    ...(versions[0] ? { minVersion: versions[0] } : {}),
    ...(versions[1] ? { maxVersion: versions[1] } : {}),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}
