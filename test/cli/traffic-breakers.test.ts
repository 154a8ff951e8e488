import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, type World, world } from "../api/kit.ts";
import { headgate, listen } from "./kit.ts";

const NAME = "orders/10.0.1.17:8080";
let w: World;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  w = await world();
  ({ url, close } = await listen((request) => w.app.fetch(request)));
});
afterAll(() => close());

const breakers = (...args: readonly string[]) => headgate(["traffic", "breakers", ...args, "--url", url]);
const told = async (...args: readonly string[]): Promise<Answer> => {
  const ran = await breakers(...args, "--json");
  expect(ran.stderr).toBe("");
  return JSON.parse(ran.stdout);
};

test("circuits are listed, shown, forced, released, with their history", async () => {
  expect((await breakers()).stdout).toBe("no circuits: nothing failed yet\n");
  const outcomes = Array.from({ length: 5 }, () => "failure");
  await w.post(`/api/v1/breakers/${encodeURIComponent(NAME)}/outcomes`, { outcomes });
  const listed = await breakers("list", "--prefix", "orders/");
  expect(listed.stdout).toMatch(/CIRCUIT +STATUS +ADMITS +SINCE +WHY/);
  expect(listed.stdout).toMatch(/orders\/10\.0\.1\.17:8080 +open +no +0 ms ago +probed in .*opened consecutive/);
  expect(await told("list")).toMatchObject({ items: [{ circuit: NAME, status: "open" }] });
  expect((await breakers("show", NAME)).stdout).toMatch(/status: +open, since[\s\S]*opened_consecutive/);

  const forced = await breakers("force", NAME, "--state", "closed", "--why", "it is us", "--for", "1h", "--by", "ada");
  expect(forced).toMatchObject({ status: 0, stdout: `${NAME} is forced closed\n` });
  expect(await told("show", NAME)).toMatchObject({ forced: { state: "closed", by: "ada (local)", why: "it is us" } });
  expect((await breakers("release", NAME)).stdout).toBe(`${NAME} is closed\n`);
  const history = await told("history", NAME, "--limit", "2");
  expect(history.items.map((one: { reason: string }) => one.reason)).toEqual(["released", "forced_closed"]);
});

test("what cannot be is told with its usage, and an unknown circuit with its code", async () => {
  for (const args of [
    ["open", NAME],
    ["show"],
    ["force", NAME, "--state", "ajar", "--why", "x"],
    ["force", NAME, "--state", "open"],
    ["force", NAME, "--state", "open", "--why", "x", "--for", "5"],
    ["history", NAME, "--limit", "0"],
  ])
    expect([args, (await breakers(...args)).status]).toEqual([args, 2]);
  const unknown = await breakers("show", "nobody");
  expect(unknown.stderr).toContain('nothing was counted on circuit "nobody"');
  expect(unknown.status).toBe(2);
});
