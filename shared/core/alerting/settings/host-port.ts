import { goQuoted } from "../../kernel/go-quote.ts";
import { fault, type Kind, textOf } from "./kind.ts";

/** Splits "host:port" as Go's net.SplitHostPort does; the message where it is none. */
function splitHostPort(text: string): { readonly host: string; readonly port: string } | string {
  const at = text.lastIndexOf(":");
  const wrong = (why: string): string => `address ${text}: ${why}`;
  if (at < 0) return wrong("missing port in address");
  const port = text.slice(at + 1);
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    if (end < 0) return wrong("missing ']' in address");
    if (end + 1 === text.length) return wrong("missing port in address");
    if (end + 1 !== at) return wrong(text[end + 1] === ":" ? "too many colons in address" : "missing port in address");
    const host = text.slice(1, end);
    if (host.includes("[") || text.slice(1).includes("[")) return wrong("unexpected '[' in address");
    return text.slice(end + 1).includes("]") ? wrong("unexpected ']' in address") : { host, port };
  }
  const host = text.slice(0, at);
  if (host.includes(":")) return wrong("too many colons in address");
  if (text.includes("[")) return wrong("unexpected '[' in address");
  return text.includes("]") ? wrong("unexpected ']' in address") : { host, port };
}

/** A mail server's address; "" for none. */
export const hostPort: Kind<string> = {
  zero: "",
  decode: (value, path, notes, before) => {
    const text = textOf(value);
    if (text === "") return "";
    const split = text === undefined ? "wrong type" : splitHostPort(text);
    const wrong =
      typeof split === "string"
        ? split
        : split.port === ""
          ? `address ${goQuoted(text ?? "")}: port cannot be empty`
          : undefined;
    if (typeof split !== "string" && wrong === undefined)
      return split.host.includes(":") ? `[${split.host}]:${split.port}` : `${split.host}:${split.port}`;
    fault(notes, path, wrong ?? "wrong type", { value, allowed: "host:port" });
    return before;
  },
  empty: (value) => value === "",
  show: (value) => value,
  plain: (value) => (value === "" ? undefined : value),
  hide: (plain) => plain,
};
