import { get } from "node:http";

/** `ok` with what it said, where that is JSON; or why not, as the end of a sentence: "answered 503", "connection refused". */
export type Health = { readonly ok: true; readonly data?: unknown } | { readonly ok: false; readonly why: string };

const ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens on its port",
  ECONNRESET: "it closed the connection",
};

/** Bytes; what is longer is healthy all the same and not read. */
const MOST_READ = 16_384;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** One GET on loopback; healthy is any 2xx within the timeout (real ms). Never throws. */
export function checkHealth(port: number, path: string, timeoutMs: number): Promise<Health> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path, agent: false, timeout: timeoutMs }, (response) => {
      const status = response.statusCode ?? 0;
      if (status < 200 || status >= 300) {
        response.resume();
        resolve({ ok: false, why: `it answered ${status}` });
        return;
      }
      let text = "";
      let over = false;
      // A body that never ends makes nobody ill: the status was the answer.
      const settle = () => {
        if (over) return;
        over = true;
        clearTimeout(late);
        const data = text === "" ? undefined : parsed(text);
        resolve({ ok: true, ...(data === undefined ? {} : { data }) });
      };
      const late = setTimeout(() => {
        settle();
        request.destroy();
      }, timeoutMs);
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length <= MOST_READ) return;
        text = "";
        settle();
        request.destroy();
      });
      response.on("end", settle);
      response.on("close", settle);
      response.on("error", settle);
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
