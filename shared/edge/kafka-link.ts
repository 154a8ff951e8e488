import { type API, type Connection, metadataV10, metadataV11, metadataV12, type Reader } from "@platformatic/kafka";
import type { DurationMs } from "../core/kernel/time.ts";
import { type BrokerAddress, type Dial, kafkaDial } from "./kafka-dial.ts";
import { unavailable, wireError } from "./kafka-errors.ts";
import { type KafkaKnown, known, type MetadataAnswer } from "./kafka-known.ts";
import type { KafkaSettings } from "./kafka-settings.ts";

/** The versions that tell topic ids. */
const METADATA = [metadataV12.api, metadataV11.api, metadataV10.api] as unknown as readonly API<
  [topics: string[] | null, create: boolean],
  MetadataAnswer
>[];

/** A cluster that never answered is more likely to have another address than to come up in a moment. */
const FIRST_PATIENCE_MS = 5_000;

/** Where a request goes: a broker by its id, the controller, or whoever answers. */
export type Where = number | "any" | "controller";

/** A request that the library has no functions for. */
export interface RawCall<T> {
  readonly key: number;
  readonly version: number;
  readonly write: Parameters<Connection["send"]>[2];
  readonly read: (body: Buffer) => T;
}

/** One cluster as seen from here: who leads what, and how its brokers are asked. */
export interface KafkaLink {
  readonly name: string;
  readonly patienceMs: DurationMs;
  readonly known: KafkaKnown;
  /** Asks for metadata: of these topics, of none (brokers only), or of all (`null`). */
  refresh(topics: readonly string[] | null): Promise<MetadataAnswer>;
  /** The newest of these versions that the broker offers; what it answered, also where that names errors. */
  ask<A extends unknown[], R>(where: Where, versions: readonly API<A, R>[], ...args: A): Promise<R>;
  /** The version of an API that a broker and these have in common, the newest; undefined: none. */
  version(where: Where, key: number, versions: readonly number[]): Promise<number | undefined>;
  raw<T>(where: Where, call: RawCall<T>): Promise<T>;
  close(): Promise<void>;
}

export function kafkaLink(settings: KafkaSettings): KafkaLink {
  const { name } = settings;
  const dial = kafkaDial(settings);
  const cache = known();
  const who = whoOf(settings);
  const failure = (where: string, error: unknown) => wireError(name, where, error, who);

  /** Brokers of the cluster first, then the addresses of the configuration. */
  const anyone = async (): Promise<Dial> => {
    const seen = new Set<string>();
    let last: unknown;
    const attempt = async (places: readonly BrokerAddress[]) => {
      for (const place of places) {
        const key = `${place.host}:${place.port}`;
        if (seen.has(key)) continue;
        seen.add(key);
        try {
          return await dial.open(place);
        } catch (error) {
          const failed = failure(key, error);
          if (failed.code === "streams.denied") throw failed;
          last = failed;
        }
      }
      return undefined;
    };
    const open = dial.openNow(cache.brokers());
    const found = open ?? (await attempt(cache.brokers())) ?? (await attempt(await settings.brokers()));
    if (found) return found;
    throw last ?? unavailable(name, "no brokers are known", false);
  };
  const to = async (where: Where): Promise<Dial> => {
    const id = where === "controller" ? cache.controller() : where;
    if (id === "any" || id === undefined) return anyone();
    const place = cache.broker(id);
    if (place === undefined) throw unavailable(name, `broker ${id} is not there`, true);
    return dial.open(place);
  };
  const reach = async (where: Where): Promise<Dial> => {
    try {
      return await to(where);
    } catch (error) {
      throw failure(typeof where === "number" ? `broker ${where}` : "brokers", error);
    }
  };
  const ask: KafkaLink["ask"] = async (where, versions, ...args) => {
    const at = await reach(where);
    const newest = versions.filter((api) => at.offers(api.key, api.version)).sort((a, b) => b.version - a.version)[0];
    if (newest === undefined) throw unavailable(name, `${at.address} does not offer API ${versions[0]?.key}`, false);
    try {
      return await newest.async(at.connection, ...args);
    } catch (error) {
      const answered = responseOf<Awaited<ReturnType<typeof newest.async>>>(error);
      if (answered !== undefined) return answered;
      throw failure(at.address, error);
    }
  };
  return {
    name,
    get patienceMs() {
      const patience = settings.patienceMs ?? 20_000;
      return cache.brokers().length > 0 ? patience : Math.min(patience, FIRST_PATIENCE_MS);
    },
    known: cache,
    ask,
    refresh: async (topics) => {
      const answer = await ask("any", METADATA, topics === null ? null : [...topics], false);
      cache.learn(answer, topics);
      return answer;
    },
    version: async (where, key, versions) => {
      const at = await reach(where);
      return versions.filter((one) => at.offers(key, one)).sort((a, b) => b - a)[0];
    },
    raw: async (where, call) => {
      const at = await reach(where);
      try {
        return await send(at.connection, call);
      } catch (error) {
        if (error instanceof RangeError) throw unavailable(name, `${at.address}: ${error.message}`, false, error);
        throw failure(at.address, error);
      }
    },
    close: () => dial.close(),
  };
}

function whoOf({ signIn }: KafkaSettings): string {
  if (signIn === undefined) return "nobody";
  return signIn.mechanism === "oauthbearer" ? "a token" : `${signIn.username} (${signIn.mechanism})`;
}

function send<T>(connection: Connection, { key, version, write, read }: RawCall<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // Joining the pieces that came over the socket is the only copy that is made of them.
    const parse = (_id: number, _key: number, _version: number, reader: Reader) => read(reader.buffer.buffer);
    connection.send<T>(key, version, write, parse, true, true, (error, answer) =>
      error ? reject(error) : resolve(answer as T),
    );
  });
}

/** The library rejects wherever an answer names an error; the answer is in what it rejects with. */
function responseOf<R>(error: unknown): R | undefined {
  const { code, response } = error as { readonly code?: unknown; readonly response?: R };
  return code === "PLT_KFK_RESPONSE" ? response : undefined;
}
