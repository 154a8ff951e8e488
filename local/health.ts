import { get } from "node:http";

/** `ok`, or why not, as the end of a sentence: "answered 503", "connection refused". */
export type Health = { readonly ok: true } | { readonly ok: false; readonly why: string };

const ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens on its port",
  ECONNRESET: "it closed the connection",
};

/** One GET on loopback; healthy is any 2xx within the timeout (real ms). Never throws. */
export function checkHealth(port: number, path: string, timeoutMs: number): Promise<Health> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path, agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 300 ? { ok: true } : { ok: false, why: `it answered ${status}` });
    });
    request.on("timeout", () => {
      resolve({ ok: false, why: `no answer within ${timeoutMs} ms` });
      request.destroy();
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      resolve({ ok: false, why: ERRORS[error.code ?? ""] ?? error.message });
    });
  });
}
