import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildMetrics } from "../../scripts/build.ts";

const root = join(import.meta.dirname, "..", "..");
const docs = readFileSync(join(root, "docs", "service-metrics.md"), "utf8");
/** The example of that name in the document, as somebody would copy it. */
const example = (name: string): string => {
  const found = new RegExp(`\`\`\`js ${name}\\n([\\s\\S]*?)\`\`\``).exec(docs)?.[1];
  if (found === undefined) throw new Error(`docs/service-metrics.md has no example ${name}`);
  return found;
};

describe("the examples of docs/service-metrics.md, copied and run", () => {
  let dir: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "headgate-examples-"));
    const installed = join(dir, "node_modules", "headgate");
    mkdirSync(installed, { recursive: true });
    const manifest = readFileSync(join(root, "package.json"), "utf8");
    writeFileSync(join(installed, "package.json"), manifest);
    await buildMetrics(root, join(installed, "dist"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const start = (name: string, after: string, env: Readonly<Record<string, string>>) => {
    const file = join(dir, `${name}.mjs`);
    writeFileSync(file, `${example(name)}\n${after}\n`);
    const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...inherited } = process.env;
    return spawn(process.execPath, [file], { env: { ...inherited, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  };

  it("the service answers and shows what it did", async () => {
    const after = 'server.on("listening", () => console.log(server.address().port));';
    const child = start("service", after, { PORT: "0" });
    try {
      const [port] = (await once(createInterface(child.stdout), "line")) as [string];
      const url = `http://127.0.0.1:${port}`;
      expect(await (await fetch(`${url}/orders/42`)).text()).toBe("ok\n");
      const text = await (await fetch(`${url}/metrics`)).text();
      for (const line of [
        'data_service_requests_total{endpoint="/orders/:id",method="GET",service_name="orders",status="200"} 1',
        'data_service_request_duration_seconds_count{endpoint="/orders/:id",method="GET",service_name="orders"} 1',
        'data_processing_records_total{dataset_type="orders",processing_stage="validated",service_name="orders"} 3',
        'data_quality_score{dataset_id="orders",quality_dimension="completeness",service_name="orders"} 0.98',
        'data_processing_latency_seconds_count{operation_type="validate",service_name="orders"} 1',
        "events_processed_total 1",
        "processing_time_ms_count 1",
      ])
        expect(text).toContain(`${line}\n`);
      expect(text).toMatch(/^data_service_memory_usage_bytes\{container_id="[^"]+",service_name="orders"\} \d+$/m);
    } finally {
      child.kill();
      await once(child, "close");
    }
  });

  it("the Lambda answers and tells CloudWatch of it before it is frozen", async () => {
    const after = 'console.log(JSON.stringify(await handler({ Records: [{ eventName: "INSERT" }] }, {})));';
    const child = start("lambda", after, { AWS_LAMBDA_FUNCTION_NAME: "enrich" });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
    const [status] = (await once(child, "close")) as [number];
    expect(status).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toEqual({ statusCode: 200 });
    const told = Object.assign({}, ...lines.slice(0, -1));
    expect(told).toMatchObject({
      service_name: "enrich",
      data_service_requests_total: 1,
      data_processing_records_total: 1,
      events_processed_total: 1,
      processing_time_ms: [expect.any(Number)],
    });
    for (const line of lines.slice(0, -1)) expect(line._aws.CloudWatchMetrics[0].Namespace).toBe("HeadgateServices");
  });
});
