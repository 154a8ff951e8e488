import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { DriverTransaction, GivenRecord, SeenRecord } from "../contract/streams-kit.ts";
import { KAFKA_LIB } from "./kafka.ts";

const SOURCE = fileURLToPath(new URL("./kafka/Driver.java", import.meta.url));

/** Kafka's own producers and consumers, in a process of theirs. */
export interface KafkaClients {
  produce(topic: string, partition: number, records: readonly GivenRecord[], codec?: string): Promise<void>;
  begin(producer: string): Promise<DriverTransaction>;
  /** Everything at read committed, from the log's start. */
  consume(topic: string, partition: number): Promise<readonly SeenRecord[]>;
  join(group: string, topic: string, protocol?: "classic" | "consumer"): Promise<() => Promise<void>>;
  /** A member that does so many records a second. */
  work(group: string, topic: string, perSecond: number): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const encoded = (bytes: string | Uint8Array | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes as Uint8Array).toString("base64");
const decoded = (text: string | null): string | null => (text === null ? null : Buffer.from(text, "base64").toString());

/** `settings`: of every client, beside where the brokers are. */
export async function kafkaClients(
  brokers: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<KafkaClients> {
  const given = { "bootstrap.servers": brokers.join(","), ...settings };
  const flags = [
    "-Xmx256m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
  ];
  const args = [
    ...flags,
    "-cp",
    `${KAFKA_LIB}/*`,
    SOURCE,
    ...Object.entries(given).map(([name, value]) => `${name}=${value}`),
  ];
  const child = spawn("java", args, { stdio: ["pipe", "pipe", "pipe"] });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-10_000);
  });
  const exited = new Promise<void>((resolve) =>
    child.once("exit", (code) => {
      for (const { reject } of waiting.values()) reject(new Error(`the clients ended with ${code}:\n${said}`));
      resolve();
    }),
  );
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.resolve(result);
    else one?.reject(new Error(error));
  });
  let serial = 0;
  const started = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  const ask = (op: string, more: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++serial;
      waiting.set(id, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id, op, ...more })}\n`);
    });
  const recordsOf = (records: readonly GivenRecord[]) =>
    records.map(({ key, value, headers = [], timestamp }) => ({
      key: encoded(key),
      value: encoded(value),
      headers: headers.map(([name, content]) => [name, encoded(content)]),
      ...(timestamp === undefined ? {} : { timestamp }),
    }));
  await started;
  return {
    produce: async (topic, partition, records, codec = "none") => {
      await ask("produce", { topic, partition, codec, records: recordsOf(records) });
    },
    begin: async (producer) => {
      await ask("begin", { producer });
      return {
        produce: async (topic, partition, records) => {
          await ask("send", { producer, topic, partition, records: recordsOf(records) });
        },
        commit: async () => void (await ask("commit", { producer })),
        abort: async () => void (await ask("abort", { producer })),
      };
    },
    consume: async (topic, partition) => {
      const all = (await ask("consume", { topic, partition })) as (SeenRecord & {
        headers: [string, string | null][];
      })[];
      return all.map((one) => ({
        offset: one.offset,
        timestamp: one.timestamp,
        key: decoded(one.key),
        value: decoded(one.value),
        headers: one.headers.map(([name, content]) => [name, decoded(content)] as const),
      }));
    },
    join: async (group, topic, protocol = "classic") => {
      const name = `${group}#${++serial}`;
      await ask("join", { name, group, topic, protocol });
      return async () => void (await ask("leave", { name }));
    },
    work: async (group, topic, perSecond) => {
      const name = `${group}#${++serial}`;
      await ask("work", { name, group, topic, perSecond });
      return async () => void (await ask("leave", { name }));
    },
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
