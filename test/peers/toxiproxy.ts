import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { type Part, partFolder, start } from "./parts.ts";

/** A line between two processes that can be made bad. */
export interface Line {
  readonly endpoint: string;
  /** Replaces what is wrong with it: latency in ms, or bytes a second in KB. Empty: nothing is. */
  toxics(
    toxics: readonly {
      readonly type: "latency" | "bandwidth";
      readonly attributes: Readonly<Record<string, number>>;
    }[],
  ): Promise<void>;
  cut(off: boolean): Promise<void>;
}

/** Toxiproxy on loopback, with one line to the upstream. */
export async function startLine(upstream: string): Promise<{ readonly part: Part; readonly line: Line }> {
  const port = await freePort();
  const args = ["-host", "127.0.0.1", "-port", `${port}`];
  const part = await start(join(partFolder("toxiproxy"), "bin", "toxiproxy"), args, /"address":"127\.0\.0\.1:(\d+)"/);
  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    if (!answer.ok) throw new Error(`toxiproxy ${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  for (let tries = 0; ; tries += 1) {
    const up = await api("GET", "/version").then(
      () => true,
      () => false,
    );
    if (up) break;
    if (tries === 100) throw new Error("toxiproxy does not answer");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const made = (await api("POST", "/proxies", {
    name: "table",
    listen: "127.0.0.1:0",
    upstream: new URL(upstream).host,
  })) as { listen: string };
  let names: string[] = [];
  const line: Line = {
    endpoint: `http://${made.listen}`,
    async toxics(toxics) {
      for (const name of names) await api("DELETE", `/proxies/table/toxics/${name}`);
      names = [];
      for (const [index, toxic] of toxics.entries()) {
        for (const stream of ["upstream", "downstream"]) {
          const name = `t${index}${stream}`;
          await api("POST", "/proxies/table/toxics", { name, stream, ...toxic });
          names.push(name);
        }
      }
    },
    cut: async (off) =>
      void (await api("POST", "/proxies/table", {
        enabled: !off,
        listen: made.listen,
        upstream: new URL(upstream).host,
      })),
  };
  return { part, line };
}
