import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
    expect((await cli("preview", "Down")).stdout).toContain("it would hide 1 alert from pager");
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

  it("plays what came of late against another file, beside what was in force, and fails where that sends something else", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-replay-"));
    try {
      const [same, other] = [join(folder, "same.yml"), join(folder, "other.yml")];
      writeFileSync(same, ROUTED);
      writeFileSync(other, ROUTED.replace("receiver: pager", "receiver: rest"));
      const args = ["replay", "--from", "-7d", "--exit-code", "--against"];
      const kept = await cli(...args, same);
      expect([kept.status, kept.stdout]).toEqual([0, expect.stringContaining("the same notifications")]);
      const gate = await cli(...args, other);
      expect([gate.status, gate.stdout]).toEqual([1, expect.stringMatching(/not with the candidate:\n.*\n.*pager/)]);
      const files = await cli(...args, other, "--config", same);
      expect([files.status, files.stdout]).toEqual([1, expect.stringMatching(/only here:\n.*\n.*pager/)]);
      expect((await cli("replay", "--from", "7 days", "--against", same)).status).toBe(2);
      expect((await cli("replay", "--from", "7d")).stderr).toContain("--config FILE is missing");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("takes a length of time wherever it takes an instant", async () => {
    expect((await cli("history", "--from", "1h")).stdout).toContain("pager/webhook[0]");
    expect((await cli("history", "--to", "1h")).stdout.trim()).toBe("no notifications");
    expect((await cli("stats", "--from", "1h")).stdout).toContain("1 notifications");
    expect((await cli("stats", "--from", "yesterday")).status).toBe(2);
  });

  it("exports the history as lines", async () => {
    const { status, stdout } = await cli("history", "--export", "ndjson");
    expect([status, (JSON.parse(stdout.trim()) as { receiver: string }).receiver]).toEqual([0, "pager"]);
    expect((await cli("history", "--export", "xml")).status).toBe(2);
  });
});
