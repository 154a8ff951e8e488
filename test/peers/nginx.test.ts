import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { findNginx } from "../../bench/traffic-gateway/nginx.ts";
import { openGateway } from "../../local/gateway/gateway.ts";
import { freePort } from "../free-port.ts";
import { httpBackend, traffic } from "../traffic/gateway-world.ts";

const binary = findNginx();
const why = binary === undefined ? " (skipped: nginx is not installed: see what npm run test:peers says)" : "";

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

const ask = (port: number, path = "/", headers: Record<string, string> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      let body = "";
      response.on("data", (part) => {
        body += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    }).on("error", reject);
  });

/** One worker, so that it has one rotation; ends with the test. */
async function nginx(upstream: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-nginx-"));
  const port = await freePort();
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off; ${temp.join(" ")}
  upstream backends { ${upstream} }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://backends; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`,
  );
  const child = spawn(String(binary), ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  for (let tries = 0; tries < 100; tries += 1) {
    if (await ask(port).catch(() => undefined)) return port;
    await sleep(50);
  }
  throw new Error("nginx does not answer");
}

const backends = (names: readonly string[]) =>
  Promise.all(
    names.map((name) =>
      httpBackend(name, (request, response) => {
        if (request.url === "/headers") response.end(JSON.stringify(request.headers));
        else response.end(name);
      }),
    ),
  );

describe.skipIf(binary === undefined)(`the gateway beside nginx${why}`, () => {
  test.each([[[5, 1, 1]], [[4, 2, 1]], [[1, 2, 3, 4]], [[7, 7, 2]]])(
    "weights %j give nginx's order of backends",
    async (weights) => {
      const names = weights.map((_, index) => `b${index}`);
      const all = await backends(names);
      const theirs = await nginx(
        all.map(({ port }, at) => `server 127.0.0.1:${port} weight=${weights[at]};`).join(" "),
      );
      const listed = all.map(({ id, port }, at) => ({ id, port, weight: weights[at] ?? 1 }));
      const gateway = await openGateway({
        service: "orders",
        traffic: traffic({ balance: "weighted_round_robin", breaker: "off", outlier: "off" }),
        backends: () => listed,
      });
      onTestFinished(() => gateway.close());
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      // Its first answer was the one that said that it is there.
      for (let rest = 1; rest < total; rest += 1) await ask(theirs);
      const order = async (port: number) => {
        const seen: string[] = [];
        for (let request = 0; request < 2 * total; request += 1) seen.push((await ask(port)).body);
        return seen;
      };
      expect(await order(gateway.port)).toEqual(await order(theirs));
    },
  );

  test("hop-by-hop headers stay behind, Host and the chain of X-Forwarded-For go on, as with nginx", async () => {
    const [one] = await backends(["only"]);
    if (!one) throw new Error("must be there");
    const theirs = await nginx(`server 127.0.0.1:${one.port};`);
    const listed = [{ id: one.id, port: one.port }];
    const gateway = await openGateway({ service: "orders", backends: () => listed });
    onTestFinished(() => gateway.close());
    const sent = {
      host: "shop.example",
      "x-forwarded-for": "203.0.113.9",
      te: "trailers",
      "proxy-connection": "keep-alive",
      "x-kept": "yes",
    };
    const seen = async (port: number) => JSON.parse((await ask(port, "/headers", sent)).body) as IncomingHttpHeaders;
    const [ours, nginxs] = [await seen(gateway.port), await seen(theirs)];
    for (const name of ["host", "x-forwarded-for", "x-kept"]) expect(ours[name]).toBe(nginxs[name]);
    expect(ours["proxy-connection"]).toBeUndefined();
    expect(ours["te"]).toBeUndefined();
  });
});
