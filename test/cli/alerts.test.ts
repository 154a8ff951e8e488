import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../functions/api/app.ts";
import { ROUTED } from "../alerting/api-kit.ts";
import { alert, liveWorld } from "../alerting/live-kit.ts";
import { headgate, listen } from "./kit.ts";

const w = liveWorld();
let server: Awaited<ReturnType<typeof listen>>;
let id = "";

beforeAll(async () => {
  await w.apply(ROUTED);
  await w.post(alert("Down", { severity: "page", instance: "a" }));
  await w.until(w.clock.now() + 11_000);
  server = await listen(createApp({ runtime: w.runtime, access: "loopback" }).fetch);
  id =
    (JSON.parse((await cli("list", "--json")).stdout) as { items: { fingerprint: string }[] }).items[0]?.fingerprint ??
    "";
});
afterAll(() => server.close());

const cli = (...args: string[]) => headgate(["alerts", ...args, "--url", server.url]);

describe("headgate alerts", () => {
  it.each([["list"], ["groups"], ["silences"], ["history"], ["stats"]])(
    "%s prints one document with --json and lines without",
    async (verb) => {
      const [json, lines] = [await cli(verb, "--json"), await cli(verb)];
      expect([json.status, lines.status, json.stderr]).toEqual([0, 0, ""]);
      expect(() => JSON.parse(json.stdout)).not.toThrow();
      expect(lines.stdout).not.toBe("");
    },
  );

  it("explains an alert in words: route, refusals, deliveries", async () => {
    const { status, stdout } = await cli("explain", id);
    expect([status, stdout]).toEqual([0, expect.stringContaining("pager/webhook[0] done (first notification)")]);
    expect((await cli("explain", "0000000000000000")).status).toBe(2);
  });

  it("silences as amtool does: a bare first word is the alert's name; what it hides can be seen before", async () => {
    expect((await cli("preview", "Down")).stdout).toContain("it would hide 1 alerts (1 match) from pager");
    const made = await cli("silence", "Down", "instance=~a|b", "--comment", "work", "--duration", "2h");
    expect([made.status, made.stdout.trim()]).toEqual([0, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect((await cli("list")).stdout).toContain("silenced by local: work");
    expect((await cli("unsilence", made.stdout.trim())).status).toBe(0);
    expect((await cli("unsilence", "nope")).status).toBe(2);
    expect((await cli("silence", "Down", "--comment", "x", "--every", "{")).status).toBe(2);
  });

  it("acknowledges and remarks, and takes it back", async () => {
    expect((await cli("ack", id, "--comment", "on it", "--by", "ada")).stdout).toContain("acknowledged: grp_");
    expect((await cli("comment", id, "disk replaced")).stdout).toContain("noted: grp_");
    expect((await cli("list")).stdout).toContain("acknowledged by ada (local)");
    expect((await cli("ack", id, "--undo")).stdout).toContain("taken back");
  });

  it("exports the history as lines", async () => {
    const { status, stdout } = await cli("history", "--export", "ndjson");
    expect([status, (JSON.parse(stdout.trim()) as { receiver: string }).receiver]).toEqual([0, "pager"]);
    expect((await cli("history", "--export", "xml")).status).toBe(2);
  });
});
