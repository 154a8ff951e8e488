import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** Handler strings in stacks/, which imports nothing of ours: `handler: "folder/file.export"`. */
function handlerStrings(text: string): string[] {
  return [...text.matchAll(/handler:\s*"([^"]+)"/g)].flatMap(([, handler]) => (handler ? [handler] : []));
}

/** Why a handler leads nowhere, or undefined. */
function faultOf(handler: string): string | undefined {
  const dot = handler.lastIndexOf(".");
  const file = join(root, `${handler.slice(0, dot)}.ts`);
  if (!existsSync(file)) return `${handler}: no such file`;
  const name = handler.slice(dot + 1);
  const exported = new RegExp(`export\\s+(?:async\\s+)?(?:function|const)\\s+${name}\\b`);
  return exported.test(readFileSync(file, "utf8")) ? undefined : `${handler}: the file exports no ${name}`;
}

const stacks = readdirSync(join(root, "stacks")).filter((file) => file.endsWith(".ts"));
const handlers = stacks.flatMap((file) => handlerStrings(readFileSync(join(root, "stacks", file), "utf8")));

describe("handler strings in stacks/", () => {
  it("are found", () => {
    expect(new Set(handlers)).toEqual(
      new Set([
        "functions/api/lambda.handler",
        "functions/autoscaling/alarm.handler",
        "functions/autoscaling/schedule.handler",
        "functions/autoscaling/queue.handler",
        "functions/autoscaling/tuning-schedule.handler",
        "functions/monitoring/alarm.handler",
        "functions/monitoring/schedule.handler",
        "functions/anomaly/schedule.handler",
        "functions/anomaly/queue.handler",
        "functions/alerting/queue.handler",
        "functions/alerting/schedule.handler",
        "functions/alerting/sources/events.handler",
        "functions/backup/queue.handler",
        "functions/backup/schedule.handler",
        "functions/backup/work-queue.handler",
        "functions/cost/queue.handler",
        "functions/cost/schedule.handler",
        "functions/delivery/hooks-codedeploy.handler",
        "functions/delivery/hooks-ecs.handler",
        "functions/delivery/queue.handler",
        "functions/delivery/schedule.handler",
        "functions/traffic/schedule.handler",
        "functions/traffic/check-queue.handler",
        "functions/traffic/sync.handler",
      ]),
    );
  });

  it.each([...new Set(handlers)])("%s is a file that exports its handler", (handler) => {
    expect(faultOf(handler)).toBeUndefined();
  });

  it("a lost file and a lost export are noticed", () => {
    const [lostFile, lostExport] = handlerStrings(`{ handler: "functions/autoscaling/nowhere.handler" }
      { handler: "functions/autoscaling/alarm.nothing" }`);
    expect(faultOf(String(lostFile))).toContain("no such file");
    expect(faultOf(String(lostExport))).toContain("exports no nothing");
  });

  it("stacks import only each other", () => {
    for (const file of stacks) {
      const text = readFileSync(join(root, "stacks", file), "utf8");
      const sources = [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, source]) => source);
      for (const source of sources) expect(source, file).toMatch(/^\.\/[a-z-]+\.ts$/);
    }
  });
});
