import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cost } from "../../cli/cost.ts";
import { headgate } from "./kit.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "cost-use.md"), "utf8");
const root = mkdtempSync(join(tmpdir(), "headgate-cost-page-"));
afterAll(() => rmSync(root, { recursive: true }));

const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, body = ""]) => body);
for (const [, name = "", body = ""] of blocks.join("\n").matchAll(/^cat > (\S+) <<'END'\n([\s\S]*?)^END$/gm))
  writeFileSync(join(root, name), body);
const commands = blocks.flatMap((block) => block.split("\n").filter((line) => line.startsWith("headgate ")));
/** Words as a shell would part them, file names seen from the folder of the page's files. */
const words = (command: string) =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)]
    .map(([, quoted, bare = ""]) => quoted ?? (/\.(csv|html|yaml)$/.test(bare) ? join(root, bare) : bare))
    .slice(1);

describe("the page about the use of cost", () => {
  it.each(commands)("%s", async (command) => {
    const { status, stdout, stderr } = await headgate(words(command));
    // Four rows are no history: the page says so beside the command.
    expect([command, status, stderr]).toEqual([
      command,
      command.includes("forecast") ? 1 : 0,
      expect.not.stringContaining("headgate: "),
    ]);
    expect(stdout.length + stderr.length).toBeGreaterThan(0);
  });

  it("shows the JSON that the command answers with", async () => {
    const shown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
    const [command = ""] = commands.filter((one) => one.endsWith("--json"));
    expect(JSON.parse((await headgate(words(command))).stdout)).toMatchObject(shown);
  });

  it("names every verb and every key to group by", async () => {
    for (const { name } of cost.verbs) expect(page).toContain(`headgate cost ${name}`);
    const { GROUP_KEYS } = await import("../../shared/core/cost/report/group.ts");
    for (const key of GROUP_KEYS) expect(page).toContain(`\`${key}\``);
  });
});
