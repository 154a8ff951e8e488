import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { concealer, resolveRunEnv } from "../../local/run-env.ts";
import { fleetIn, spec, tempDir, until } from "./world.ts";

describe("references in run.env", () => {
  it("are looked up in the environment and beside the configuration file; everything else stays as it stands", () => {
    const baseDir = tempDir();
    mkdirSync(join(baseDir, "keys"));
    writeFileSync(join(baseDir, "keys", "db"), "s3cret pass\n");
    const given = {
      A: "env:OUTER",
      B: "file:keys/db",
      C: "plain",
      D: "text:env:prod",
      E: "file:///checkpoints/1",
      F: "env:EMPTY",
    };
    expect(resolveRunEnv(given, { env: { OUTER: "from outside", EMPTY: "" }, baseDir })).toEqual({
      values: { A: "from outside", B: "s3cret pass", C: "plain", D: "env:prod", E: "file:///checkpoints/1", F: "" },
      secrets: ["from outside", "s3cret pass", ""],
    });
  });

  it("that lead nowhere are all named, with what would have to be there", () => {
    const baseDir = tempDir();
    mkdirSync(join(baseDir, "folder"));
    const given = { A: "env:NOPE", B: "file:gone", C: "ssm:/prod/db", D: "file:folder", E: "env:OK" };
    expect(() => resolveRunEnv(given, { env: { OK: "top-secret" }, baseDir })).toThrow(
      [
        "env A (env:NOPE): NOPE is not set in the environment of Headgate",
        `env B (file:gone): ${join(baseDir, "gone")} does not exist`,
        "env C (ssm:/prod/db): parameters of AWS Systems Manager are not read for local processes; use env:NAME or file:path",
        `env D (file:folder): ${join(baseDir, "folder")} is not a regular file`,
      ].join("; "),
    );
  });

  it("do not show in what a service prints, not even one line of a longer one", () => {
    const conceal = concealer(["hunter2-and-more", "hunter2", "ab", "first line\nsecond line"]);
    expect(conceal("login hunter2-and-more, then hunter2; ab")).toBe("login [redacted], then [redacted]; ab");
    expect(conceal("> second line")).toBe("> [redacted]");
  });
});

describe("a service with references", () => {
  it("gets the values, and prints none of them", async () => {
    const dir = tempDir();
    writeFileSync(join(dir, "token"), "tok-123456\n");
    const lines: string[] = [];
    const troubles: string[] = [];
    const fleet = fleetIn(dir, {
      onLine: (_service, _instance, line) => void lines.push(line),
      onTrouble: (_service, text) => void troubles.push(text),
    });
    const script = 'test "$TOKEN" = tok-123456 && echo "the token is $TOKEN"; exit 7';
    fleet.add([spec("ok", { command: ["/bin/sh", "-c", script], env: { TOKEN: "file:token" }, baseDir: dir })]);
    const status = await until(fleet, (now) => now.trouble !== undefined);
    expect(status.trouble).toContain("its last words: the token is [redacted]");
    expect(lines[0]).toBe("the token is [redacted]");
    expect(JSON.stringify([status, lines, troubles])).not.toContain("tok-123456");
  });

  it("whose value is missing is shown as such, is not started, and starts once the value is there", async () => {
    const dir = tempDir();
    const fleet = fleetIn(dir);
    fleet.add([spec("ok", { env: { MODE: "ok", TOKEN: "file:token" }, baseDir: dir })]);
    const status = await until(fleet, (now) => now.trouble !== undefined);
    expect(status.trouble).toContain(`env TOKEN (file:token): ${join(dir, "token")} does not exist`);
    expect(status).toMatchObject({ desired: 1, running: 0, ready: 0 });
    writeFileSync(join(dir, "token"), "now it is");
    expect((await until(fleet, (now) => now.ready === 1)).running).toBe(1);
  });
});
