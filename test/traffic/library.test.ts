import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildTraffic } from "../../scripts/build.ts";
import { registrationOf } from "../../shared/core/traffic/registry.ts";
import { BackendSpec } from "../../shared/core/traffic/section.ts";
import { dynamodbCircuits } from "../../shared/edge/dynamodb-circuits.ts";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import { BACKENDS_NOUN, registrySubject } from "../../shared/shell/traffic-registry.ts";
import type { ConnectTraffic, Traffic } from "../../traffic/types.ts";
import { type Dynalite, startDynalite } from "../contract/dynalite.ts";

const root = join(import.meta.dirname, "..", "..");
const SERVICE = "orders";

/** A backend that answers what it is told to. */
async function backend() {
  const state = { status: 200, calls: 0 };
  const server: Server = createServer((_, response) => {
    state.calls += 1;
    response.writeHead(state.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { state, port, close };
}

describe("headgate/traffic as it is published, on a table", () => {
  let dir: string;
  let dynalite: Dynalite;
  let table: string;
  let connectTraffic: ConnectTraffic;
  const backends: Awaited<ReturnType<typeof backend>>[] = [];

  beforeAll(async () => {
    // Below the repository, so that what is left outside of the bundle is found.
    mkdirSync(join(root, ".cache"), { recursive: true });
    dir = mkdtempSync(join(root, ".cache", "traffic-"));
    [dynalite] = await Promise.all([startDynalite(), buildTraffic(root, dir)]);
    table = await dynalite.table();
    connectTraffic = ((await import(pathToFileURL(join(dir, "traffic.js")).href)) as { connectTraffic: ConnectTraffic })
      .connectTraffic;
    const store = dynamodbStore({ client: dynalite.client, table, now: Date.now });
    for (const id of ["a", "b"]) {
      const one = await backend();
      backends.push(one);
      const input = v.parse(BackendSpec, { id, host: "127.0.0.1", port: one.port });
      const state = { v: 1, backends: [registrationOf(input, { source: "api", at: Date.now() })] };
      const subject = registrySubject(SERVICE, id);
      await store.write({ tenant: "default", noun: BACKENDS_NOUN, subject }, 0, { state: state as never });
    }
  });
  afterAll(async () => {
    await Promise.all([...backends.map((one) => one.close()), dynalite?.close()]);
    rmSync(dir, { recursive: true, force: true });
  });

  const connect = (environment: string) => {
    const policy = { balance: "round_robin", breaker: { rule: "consecutive", failures: 3, storeTimeout: "2s" } };
    const traffic = connectTraffic({
      table,
      client: dynalite.client,
      service: SERVICE,
      environment,
      policy,
      stalenessMs: 100,
      storeTimeoutMs: 2_000,
    });
    return traffic;
  };
  const call = (traffic: Traffic) =>
    traffic.run({ timeoutMs: 5_000 }, ({ host, port }, signal) => fetch(`http://${host}:${port}/`, { signal }));

  test("calls go to both backends, and what is in flight is told", async () => {
    const traffic = connect("e1");
    for (let turn = 0; turn < 4; turn++) expect((await call(traffic)).status).toBe(200);
    expect(backends.map(({ state }) => state.calls)).toEqual([2, 2]);
    await traffic.flush();
    const store = dynamodbStore({ client: dynalite.client, table, now: Date.now });
    const { items } = await store.list("default", "traffic-load", { prefix: `${SERVICE}/` });
    expect(items.map(({ key }) => key.subject)).toEqual([`${SERVICE}/e1`]);
    expect((await traffic.why()).policy).toBe("round_robin");
  });

  test("a circuit that one environment opens is open for another one", async () => {
    const [first, second] = [connect("e1"), connect("e2")];
    const [bad, good] = backends;
    if (!bad || !good) throw new Error("two backends were started");
    bad.state.status = 503;
    for (let turn = 0; turn < 6; turn++) await call(first);
    const circuits = dynamodbCircuits({ client: dynalite.client, table, now: Date.now });
    expect((await circuits.load({ tenant: "default", circuit: `${SERVICE}/a` }))?.circuit.status).toBe("open");
    bad.state.calls = 0;
    for (let turn = 0; turn < 6; turn++) expect((await call(second)).status).toBe(200);
    expect(bad.state.calls).toBe(0);
    good.state.status = 503;
    for (let turn = 0; turn < 3; turn++) await call(second);
    await expect(call(second)).rejects.toMatchObject({ code: "circuit.open" });
  });

  test("a policy that is none is refused with its place", () => {
    const wrong = () =>
      connectTraffic({ table, client: dynalite.client, service: SERVICE, policy: { balance: "fastest" } });
    expect(wrong).toThrow(
      expect.objectContaining({ code: "config.invalid", message: expect.stringContaining("balance") }),
    );
  });

  test("the declarations stand alone, and the file leaves nothing outside but AWS's client and Node's own modules", () => {
    const declarations = readFileSync(join(dir, "traffic.d.ts"), "utf8");
    expect(declarations).not.toMatch(/^import /m);
    expect(declarations).toContain("export declare const connectTraffic: ConnectTraffic;");
    const script = readFileSync(join(dir, "traffic.js"), "utf8");
    const outside = new Set([...script.matchAll(/^(?:import|} from) [^;]*?"([^"]+)";$/gm)].map(([, name]) => name));
    expect([...outside].filter((name) => !name?.startsWith("node:"))).toEqual(["@aws-sdk/client-dynamodb"]);
    expect(script.length).toBeLessThan(300_000);
  });
});
