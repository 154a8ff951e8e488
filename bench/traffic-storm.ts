import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import * as v from "valibot";
import { localBreakers } from "../local/gateway/breakers.ts";
import { openGateway } from "../local/gateway/gateway.ts";
import { ServiceTraffic } from "../shared/core/traffic/section.ts";
import { type Row, row } from "./row.ts";
import type { LoadRequest, LoadResult } from "./traffic-gateway/load.ts";

const NOUN = "traffic-storm";
const SECONDS = 60;
const RATE = 2000;
const INSTANCES = 4;
/** The fleet notices so late, in ms, that a process is gone. */
const NOTICED_MS = 150;

interface Instance {
  readonly id: string;
  readonly port: number;
  readonly child: ChildProcess;
}

const told = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve) => child.once("message", resolve as () => void));

/** 2,000 requests a second for a minute, while instances are restarted one after the other, scaled in and out, and killed. */
export async function bench(): Promise<readonly Row[]> {
  const children = new Set<ChildProcess>();
  const traffic = v.parse(ServiceTraffic, {});
  let list: readonly Instance[] = [];
  let named = 0;
  const start = async (): Promise<Instance> => {
    const child = fork(fileURLToPath(import.meta.resolve("./traffic-gateway/service.ts")));
    children.add(child);
    return { id: `i${++named}`, port: await told<number>(child), child };
  };
  const load = fork(fileURLToPath(import.meta.resolve("./traffic-gateway/load.ts")));
  children.add(load);
  const agent = new Agent({ connections: 64 });
  try {
    await told(load);
    list = await Promise.all(Array.from({ length: INSTANCES }, start));
    const gateway = await openGateway({
      service: "storm",
      traffic,
      backends: () => list,
      breakers: localBreakers({ policy: () => traffic.breaker, now: Date.now, random: Math.random }),
    });
    const change = (next: readonly Instance[]) => {
      list = next;
      gateway.wake();
    };
    const drain = async (one: Instance) => {
      change(list.filter((other) => other !== one));
      await gateway.idle(one.id);
      one.child.kill("SIGTERM");
    };
    let posts = 0;
    let postsFailed = 0;
    let lost = 0;
    let kills = 0;
    let going = true;
    const writing = (async () => {
      const all: Promise<void>[] = [];
      while (going) {
        posts++;
        const sent = request(gateway.url, { method: "POST", body: "x", dispatcher: agent }).then(
          async ({ statusCode, body }) => {
            await body.dump();
            if (statusCode !== 200) postsFailed++;
          },
          () => void postsFailed++,
        );
        all.push(sent);
        await sleep(10);
      }
      await Promise.all(all);
    })();
    const asked: LoadRequest = { port: gateway.port, ms: SECONDS * 1000, connections: 256, rate: RATE };
    load.send(asked);
    const done = told<LoadResult>(load).then((result) => {
      going = false;
      return result;
    });
    let restarts = 0;
    let scaled = 0;
    while (going) {
      await sleep(1000);
      const [first] = list;
      if (!going || !first) break;
      // A rolling restart of one instance: the new one is ready before the old one goes.
      change([...list, await start()]);
      await drain(first);
      restarts++;
      if (restarts % 3 === 0) {
        const last = list.at(-1);
        if (last && list.length > 2) await drain(last);
        scaled++;
        change([...list, await start()]);
      }
      if (restarts % 4 === 0) {
        const victim = list[0] as Instance;
        lost += gateway.active(victim.id);
        victim.child.kill("SIGKILL");
        kills++;
        await sleep(NOTICED_MS);
        change([...list.filter((other) => other !== victim), await start()]);
      }
    }
    const result = await done;
    await writing;
    await gateway.close();
    const { failed, refused, retried } = gateway.counts;
    const story = `${restarts} restarts, ${scaled} scale-ins, ${kills} kill -9, ${retried} retries`;
    return [
      row(NOUN, {
        measure: `failed GETs at ${RATE} req/s for ${SECONDS} s (${story})`,
        value: result.errors,
        unit: "requests",
        bar: 0,
      }),
      row(NOUN, { measure: "requests answered a second", value: result.perSecond, unit: "req/s" }),
      row(NOUN, {
        measure: `failed POSTs of ${posts}, at most those in flight at a kill`,
        value: postsFailed,
        unit: "requests",
        bar: lost,
      }),
      row(NOUN, {
        measure: "answers of 5xx by the gateway beyond those POSTs",
        value: Math.max(0, failed + refused - postsFailed),
        unit: "requests",
        bar: 0,
      }),
    ];
  } finally {
    await agent.close();
    for (const child of children) child.kill("SIGKILL");
  }
}
