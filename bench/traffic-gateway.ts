import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withFolder } from "./parts.ts";
import { type Row, row } from "./row.ts";
import { median } from "./timing.ts";
import type { LoadRequest, LoadResult } from "./traffic-gateway/load.ts";
import { findNginx, startNginx } from "./traffic-gateway/nginx.ts";

const NOUN = "traffic-gateway";
const CONNECTIONS = 32;
const ROUNDS = 7;
const ROUND_MS = 1200;
const OURS = "headgate";
/** Of the peer's requests a second, what ours must reach at least. */
const BARS: readonly (readonly [peer: string, share: number])[] = [
  ["fast-proxy", 0.95],
  ["fast-proxy with undici", 0.95],
  ["http-proxy", 1.2],
  ["httpxy", 1.2],
  ["@fastify/http-proxy", 1.2],
  ["node:http", 1.2],
  ["undici dispatch", 1.2],
];

const told = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve) => child.once("message", resolve as () => void));
const start = (file: string, args: readonly string[] = []): ChildProcess =>
  // Peers warn about their own use of old parts of node. All get the young heap that the container of the gateway has: with node's own
  // 16 MB its collections are most of the slowest 1 %.
  fork(fileURLToPath(file), args, { execArgv: ["--no-warnings", "--max-semi-space-size=64"] });

interface Proxy {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly perSecond: number[];
  /** Microseconds of CPU per request, of the proxy's process. */
  readonly cost: number[];
}

/**
 * Proxies side by side on one backend: each in a process of its own, the load and the backend in others; rounds by turns, so that what
 * else the machine does hits all alike. Requests a second are the median round's.
 */
export async function bench(): Promise<readonly Row[]> {
  return withFolder(async (folder) => {
    const children: ChildProcess[] = [];
    const begin = async <T>(child: ChildProcess): Promise<T> => {
      children.push(child);
      return told<T>(child);
    };
    try {
      const backend = start(import.meta.resolve("./traffic-gateway/backend.ts"));
      const backendPort = await begin<number>(backend);
      const load = start(import.meta.resolve("./traffic-gateway/load.ts"));
      await begin(load);
      const ask = (request: LoadRequest): Promise<LoadResult> => {
        load.send(request);
        return told<LoadResult>(load);
      };
      const proxies: Proxy[] = [];
      for (const name of [OURS, ...BARS.map(([peer]) => peer)]) {
        const child = start(import.meta.resolve("./traffic-gateway/proxy.ts"), [name, String(backendPort)]);
        proxies.push({ name, port: await begin<number>(child), child, perSecond: [], cost: [] });
      }
      const binary = findNginx();
      if (binary !== undefined) {
        const { port, child } = await startNginx(binary, folder, backendPort);
        children.push(child);
        proxies.push({ name: "nginx", port, child, perSecond: [], cost: [] });
      }
      const cpu = async ({ child, name }: Proxy): Promise<number> => {
        if (name === "nginx") return Number.NaN;
        child.send("cpu");
        const { user, system } = await told<NodeJS.CpuUsage>(child);
        return user + system;
      };
      for (let round = 0; round <= ROUNDS; round++)
        for (const proxy of proxies) {
          const before = await cpu(proxy);
          // The first round only warms up.
          const ms = round === 0 ? 600 : ROUND_MS;
          const result = await ask({ port: proxy.port, ms, connections: CONNECTIONS });
          const after = await cpu(proxy);
          if (result.errors > 0) throw new Error(`${proxy.name}: ${result.errors} of the answers were no 200`);
          if (round === 0) continue;
          proxy.perSecond.push(result.perSecond);
          proxy.cost.push((after - before) / ((result.perSecond * ms) / 1000));
        }
      const of = (name: string) => proxies.find((one) => one.name === name);
      const speed = (name: string): number | null => median(of(name)?.perSecond ?? []) || null;
      const ours = of(OURS) as Proxy;
      const own = median(ours.perSecond);

      // At half its limit: what the way through it adds, beside the way without it. The quietest round of each, as the machine is
      // not ours alone.
      const straight: number[] = [];
      const through: number[] = [];
      for (let round = 0; round < 20; round++) {
        const asked = { ms: 300, connections: 64, rate: own / 2 };
        straight.push((await ask({ ...asked, port: backendPort })).p99);
        through.push((await ask({ ...asked, port: ours.port })).p99);
      }
      const added = Math.min(...through) - Math.min(...straight);
      const beside = BARS.map(([name, share]) => {
        const value = speed(name);
        return row(NOUN, {
          measure: `gateway, all on: requests/s beside ${name} (bar ${share}x)`,
          value: own,
          unit: "req/s",
          ...(value === null ? {} : { bar: Math.round(share * value) }),
          better: "higher",
          peer: { name, value },
        });
      });
      const nginx = speed("nginx");
      const cheap = (name: string) => median(of(name)?.cost ?? []);
      return [
        ...beside,
        row(NOUN, {
          measure: "gateway beside nginx, one worker",
          value: own,
          unit: "req/s",
          peer: { name: "nginx", value: nginx },
        }),
        row(NOUN, {
          measure: "CPU of the proxy per request",
          value: cheap(OURS),
          unit: "us",
          peer: { name: "undici dispatch", value: cheap("undici dispatch") },
        }),
        row(NOUN, {
          measure: "CPU of the proxy per request",
          value: cheap(OURS),
          unit: "us",
          peer: { name: "fast-proxy", value: cheap("fast-proxy") },
        }),
        row(NOUN, { measure: "p99 added at half its limit", value: added, unit: "ms", bar: 1 }),
      ];
    } finally {
      for (const child of children) child.kill();
    }
  });
}
