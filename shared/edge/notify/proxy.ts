import { BlockList, isIP } from "node:net";
import { flagOf, mapOf, textOf, textsOf } from "../../core/alerting/receivers/read.ts";

type Settings = { readonly [name: string]: unknown };
type Env = Readonly<Record<string, string | undefined>>;

const portOf = (url: URL): string => url.port || (url.protocol === "https:" ? "443" : "80");

/** Whether `no_proxy` names the host: "*", an address, a network, a domain with what is under it, each with or without port. */
export function bypasses(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return noProxy
    .split(",")
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== "")
    .some((one) => {
      if (one === "*") return true;
      const [network = "", bits] = one.split("/");
      if (bits !== undefined && isIP(network) !== 0) {
        if (isIP(host) !== isIP(network)) return false;
        const list = new BlockList();
        const kind = isIP(network) === 6 ? "ipv6" : "ipv4";
        list.addSubnet(network, Number(bits), kind);
        return list.check(host, kind);
      }
      const [, name = one, port] = isIP(one) === 6 ? [] : (/^(.*?)(?::(\d+))?$/.exec(one) ?? []);
      if (port !== undefined && port !== portOf(url)) return false;
      const domain = name.replace(/^\*?\./, "");
      // A leading dot leaves the domain itself out.
      return host.endsWith(`.${domain}`) || (host === domain && !/^\*?\./.test(name));
    });
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Basic authentication with the name and password of an address; undefined where it has none. */
export function userOf(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  return `Basic ${Buffer.from(`${decoded(url.username)}:${decoded(url.password)}`).toString("base64")}`;
}

/** Throws Error for a proxy that cannot be used. */
function parsed(text: string): URL | undefined {
  if (text === "") return undefined;
  const address = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(address)) throw new Error("proxy_url is no address");
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Error(`only http and https proxies can be used, not ${url.protocol}`);
  return url;
}

/** Which proxy a request goes through by `proxy_url`, `no_proxy`, `proxy_from_environment`, `proxy_connect_header`. */
export function proxyOf(
  config: Settings,
  url: URL,
  env: Env,
): { readonly proxy?: URL; readonly proxyHeaders?: Readonly<Record<string, string>> } {
  const from = (...names: readonly string[]) => names.map((name) => env[name] ?? "").find((one) => one !== "") ?? "";
  const environment = flagOf(config, "proxy_from_environment");
  const noProxy = environment ? from("NO_PROXY", "no_proxy") : textOf(config, "no_proxy");
  const written = environment
    ? url.protocol === "https:"
      ? from("HTTPS_PROXY", "https_proxy")
      : from("HTTP_PROXY", "http_proxy")
    : textOf(config, "proxy_url");
  const proxy = parsed(written);
  if (!proxy || bypasses(url, noProxy)) return {};
  const given = mapOf(config, "proxy_connect_header");
  const headers = Object.keys(given).map((name): [string, string] => [name, textsOf(given, name).join(", ")]);
  return { proxy, ...(headers.length === 0 ? {} : { proxyHeaders: Object.fromEntries(headers) }) };
}
