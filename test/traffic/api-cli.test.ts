import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type World, world } from "../api/kit.ts";
import { headgate, listen } from "../cli/kit.ts";
import { CONFIG } from "./registry-kit.ts";

let w: World;
let server: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  w = await world({ config: CONFIG });
  server = await listen((request) => w.app.fetch(request));
});
afterAll(() => server.close());

const traffic = (...args: string[]) => headgate(["traffic", ...args], { env: { HEADGATE_URL: server.url } });
const document = async (...args: string[]) => {
  const ran = await traffic(...args, "--json");
  return { ...ran, json: JSON.parse(ran.stdout) };
};

describe("headgate traffic, of what runs", () => {
  it("registers, shows, drains, takes back and removes", async () => {
    const registered = await document(
      "register",
      "orders",
      "10.0.0.7:80",
      "[fd00::1]:81",
      "--version",
      "v2",
      "--lease",
      "5m",
    );
    expect(registered.json).toMatchObject({ registered: 2, items: [{ id: "10.0.0.7:80" }, { id: "[fd00::1]:81" }] });
    const renewed = await traffic("register", "orders", "10.0.0.7:80", "--version", "v2", "--lease", "none");
    expect(renewed.stdout).toMatch(/^0 registered, 1 renewed\nBACKEND +LEASE\n10\.0\.0\.7:80 +stays\n$/);
    expect((await traffic("drain", "orders", "10.0.0.7:80")).stdout).toBe("draining: 10.0.0.7:80\n");
    const shown = await traffic("show", "orders");
    expect(shown.stdout).toContain("1 of 2 well: 1 draining");
    expect(shown.stdout).toMatch(/\n10\.0\.0\.7:80 +draining +1 +v2 /);
    expect((await document("drain", "orders", "10.0.0.7:80", "--undo")).json.changed).toEqual(["10.0.0.7:80"]);
    const removed = await traffic("remove", "orders", "10.0.0.7:80", "nobody");
    expect([removed.status, removed.stdout, removed.stderr]).toEqual([
      1,
      "removed: 10.0.0.7:80\n",
      "not there: nobody\n",
    ]);
  });

  it("lists services, and picks for a request as the service would", async () => {
    const listed = await traffic("list");
    expect(listed.stdout).toMatch(/\nfixed +maglev +2\/2 /);
    expect((await document("list")).json.items.map(({ service }: { service: string }) => service)).toEqual([
      "fixed",
      "orders",
    ]);
    const picked = await document("pick", "--service", "fixed", "--key", "customer-42");
    expect(picked.status).toBe(0);
    expect(picked.json).toMatchObject({ policy: "maglev", reason: "picked" });
  });

  it("sets shares of versions and gives them back", async () => {
    const set = await document("versions", "fixed", "v1=95", "v2=5", "--why", "canary");
    expect([set.status, set.json.versions.shares]).toEqual([0, { v1: 95, v2: 5 }]);
    expect((await traffic("show", "fixed")).stdout).toContain("v1 95 %, v2 5 %, asked for by local: canary");
    expect((await traffic("versions", "fixed", "--release")).stdout).toMatch(
      /^versions released: versions are not weighed\n/,
    );
  });

  it("reads backends from a file of any form", async () => {
    const ran = await headgate(["traffic", "register", "orders", "--file", "-", "--json"], {
      env: { HEADGATE_URL: server.url },
      stdin: "host,port,weight\nh1,80,2\nh2,80,3\n",
    });
    expect(JSON.parse(ran.stdout)).toMatchObject({ registered: 2, items: [{ id: "h1:80" }, { id: "h2:80" }] });
  });

  it.each([
    [["register", "orders"], "which backends?"],
    [["register", "orders", "nowhere"], '"nowhere" is no host:port'],
    [["register", "orders", "a:1", "--weight", "many"], "--weight"],
    [["register", "orders", "a:1", "--weight", "0"], "weight"],
    [["show", "nobody"], "no service"],
    [["versions", "fixed", "v1"], "is not like v1=95"],
    [["versions", "fixed"], "VERSION=SHARE"],
    [["pick"], "--hosts FILE is missing"],
    [["pick", "--service", "fixed", "--policy", "maglev"], "--policy needs --hosts"],
  ])("%j is refused and says why", async (args, why) => {
    const ran = await traffic(...args);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(why);
  });
});
