import type { FlinkAnswer } from "./flink-calls.ts";
import { guardedLookup, type HttpClientOptions, HttpFailure, refuseLiteral } from "./http-client.ts";

const MAX_ANSWER = 1_048_576;

export interface JarFile {
  readonly path: string;
  /** Name under which it is kept. */
  readonly name: string;
  readonly bytes: number;
}

/** Hash of a jar's content, 16 hex digits, and its size; rejects where it cannot be read. */
export async function fingerprint(path: string): Promise<{ readonly hash: string; readonly bytes: number }> {
  const [{ createReadStream }, { createHash }] = await Promise.all([import("node:fs"), import("node:crypto")]);
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(part);
    bytes += part.length;
  }
  return { hash: hash.digest("hex").slice(0, 16), bytes };
}

/** Sends a file as `POST /jars/upload` wants it (multipart/form-data, field `jarfile`), read while it is sent: jars are large. */
export async function uploadJar(
  url: URL,
  jar: JarFile,
  timeoutMs: number,
  { allowLocal }: HttpClientOptions,
): Promise<FlinkAnswer> {
  if (!allowLocal) refuseLiteral(url);
  const [{ request }, { lookup }, { createReadStream }, { pipeline }] = await Promise.all([
    url.protocol === "https:" ? import("node:https") : import("node:http"),
    import("node:dns"),
    import("node:fs"),
    import("node:stream/promises"),
  ]);
  const boundary = `headgate-${jar.name.length}-${jar.bytes}-7d1f0c`;
  const head = Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="jarfile"; filename="${jar.name}"\r\ncontent-type: application/java-archive\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const signal = AbortSignal.timeout(timeoutMs);
  const sent = request(url, {
    method: "POST",
    signal,
    headers: {
      accept: "application/json",
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": head.length + jar.bytes + tail.length,
    },
    ...(allowLocal ? {} : { lookup: guardedLookup(lookup) }),
  });
  const answered = new Promise<FlinkAnswer>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", async (response) => {
      try {
        let text = "";
        for await (const part of response) {
          text += String(part);
          if (text.length > MAX_ANSWER) throw new HttpFailure("too_large", "the answer is too long");
        }
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
      } catch (error) {
        reject(error);
      }
    });
  });
  // Whoever fails first is told; the other one must not go unheard.
  answered.catch(() => undefined);
  try {
    await pipeline(parts(head, createReadStream(jar.path), tail), sent);
    return await answered;
  } catch (error) {
    if (signal.aborted)
      throw new HttpFailure("timeout", `${url.host} did not take the jar within ${timeoutMs} ms`, { cause: error });
    throw error;
  }
}

async function* parts(head: Buffer, file: AsyncIterable<Buffer>, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  yield* file;
  yield tail;
}
