import { addressOf } from "../core/traffic/registry.ts";
import { limitedGet } from "./limited-get.ts";

/** One look at a backend's health. */
export interface HttpCheck {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Host header; default: the address. */
  readonly hostHeader?: string;
  /** Real ms for name, connection and answer. */
  readonly timeoutMs: number;
  /** Whether the body is of interest; otherwise the status alone is. */
  readonly body: boolean;
}

/** The answer, or why there is none, as the end of a sentence. */
export type HttpChecked =
  | { readonly ok: true; readonly status: number; readonly text: string }
  | { readonly ok: false; readonly why: string };

export type CheckHttp = (check: HttpCheck) => Promise<HttpChecked>;

/** A body that health is read from has no more. */
const MAX_BYTES = 65_536;

/**
 * Looks at backends over HTTP: a connection of its own each time, no redirects, never a link-local or metadata address. Never throws.
 *
 * @param loopback whether this machine may be looked at: on a laptop only
 */
export function httpCheck({ loopback }: { readonly loopback: boolean }): CheckHttp {
  return async ({ host, port, path, hostHeader, timeoutMs, body }) => {
    let url: URL;
    try {
      url = new URL(`http://${addressOf({ host, port })}`);
      // Not resolved against the address: a path of two slashes would name another host.
      const question = path.indexOf("?");
      url.pathname = question < 0 ? path : path.slice(0, question);
      url.search = question < 0 ? "" : path.slice(question);
    } catch {
      return { ok: false, why: `${addressOf({ host, port })} is no address` };
    }
    const limits = { timeoutMs, maxBytes: MAX_BYTES, loopback, headOnly: !body };
    return limitedGet(url, { ...limits, ...(hostHeader === undefined ? {} : { host: hostHeader }) });
  };
}
