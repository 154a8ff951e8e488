import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../test/free-port.ts";

/** Where it is installed (Debian: nginx-light); undefined: it is not. */
export function findNginx(): string | undefined {
  const paths = [
    join(import.meta.dirname, "..", "..", ".cache", "peers", "nginx", "root", "usr", "sbin", "nginx"),
    "nginx",
    "/usr/sbin/nginx",
  ];
  return paths.find((path) => spawnSync(path, ["-v"], { stdio: "ignore" }).status === 0);
}

/** One worker, kept connections to the backend, nothing written: what is comparable with one process of node. */
export async function startNginx(
  binary: string,
  folder: string,
  backend: number,
): Promise<{ port: number; child: ChildProcess }> {
  const port = await freePort();
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; ${temp.join(" ")}
  upstream backend { server 127.0.0.1:${backend}; keepalive 64; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 100000000;
    location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
  }
}
`,
  );
  const child = spawn(binary, ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { port, child };
}
