import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endNow, kafkaJava } from "./kafka.ts";

export interface MirrorMaker {
  readonly pid: number;
  /** The last of what it said. */
  said(): string;
  /** kill -9. */
  stop(): Promise<void>;
}

/** MirrorMaker 2 in its dedicated mode, with a configuration as it stands in a file; its connectors come up after it was started. */
export async function startMirrorMaker(properties: string, heapMb = 256): Promise<MirrorMaker> {
  const dir = mkdtempSync(join(tmpdir(), "headgate-mirror-"));
  const file = join(dir, "mm2.properties");
  writeFileSync(file, properties);
  const level = "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.connect.mirror.MirrorMaker=info";
  const child = kafkaJava("org.apache.kafka.connect.mirror.MirrorMaker", [file], heapMb, [level]);
  let said = "";
  const stop = async () => {
    await endNow(child);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const listen = (chunk: Buffer) => {
        said = (said + chunk.toString("utf8")).slice(-20_000);
        if (said.includes("Kafka MirrorMaker started")) resolve();
      };
      child.stdout?.on("data", listen);
      child.stderr?.on("data", listen);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`MirrorMaker ended with ${code}:\n${said}`)));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, said: () => said, stop };
}
