import { isIP } from "node:net";
import { apiVersionsV3, Connection, type ConnectionOptions, SASLMechanisms } from "@platformatic/kafka";
import type { BrokerPlace, KafkaSettings, KafkaSignIn } from "./kafka-settings.ts";

export type BrokerAddress = BrokerPlace;

/** An open connection, and what its broker offers. */
export interface Dial {
  readonly address: string;
  readonly connection: Connection;
  /** Ms, monotonic. */
  readonly since: number;
  offers(key: number, version: number): boolean;
}

export interface KafkaDial {
  /** One connection for each address; several who ask at once get the same. */
  open(place: BrokerAddress): Promise<Dial>;
  /** One that is open already. */
  openNow(places: readonly BrokerAddress[]): Dial | undefined;
  close(): Promise<void>;
}

const CLIENT = "headgate";
/** Brokers count clients by name and version; ours is one protocol. */
const VERSION = "1";
/** Brokers end sessions with the token they began with, some after minutes: a connection is made anew well before, between requests. */
const SIGNED_IN_MS = 240_000;
const LONGEST_REQUEST_MS = 60_000;
const keyOf = ({ host, port }: BrokerAddress): string => `${host}:${port}`;

export function kafkaDial(settings: KafkaSettings): KafkaDial {
  const opening = new Map<string, Promise<Dial>>();
  const ready = new Map<string, Dial>();
  let closed = false;
  const old = ({ since }: Dial) => settings.signIn !== undefined && performance.now() - since > SIGNED_IN_MS;
  /** An open one; one that is signed in for long ends after what is under way on it, and another takes over. */
  const readyAt = (key: string): Dial | undefined => {
    const there = ready.get(key);
    if (there === undefined || !old(there)) return there?.connection.isConnected() ? there : undefined;
    ready.delete(key);
    setTimeout(() => void there.connection.close(), LONGEST_REQUEST_MS).unref();
    return undefined;
  };
  const dial = async (place: BrokerAddress): Promise<Dial> => {
    const key = keyOf(place);
    const connection = new Connection(CLIENT, await optionsOf(settings, place.host));
    const gone = () => {
      if (ready.get(key)?.connection === connection) ready.delete(key);
    };
    // An error without a listener would end the process; whoever waits for an answer is told of it.
    connection.on("error", gone);
    connection.on("close", gone);
    await connection.connect(place.host, place.port);
    try {
      const { apiKeys } = await apiVersionsV3.api.async(connection, CLIENT, VERSION);
      if (closed) throw new RangeError("the client is closed");
      const made = { address: key, connection, since: performance.now(), offers: offersOf(apiKeys) };
      ready.set(key, made);
      return made;
    } catch (error) {
      await connection.close();
      throw error;
    }
  };
  return {
    open: (place) => {
      const key = keyOf(place);
      const there = readyAt(key);
      if (there) return Promise.resolve(there);
      const underway = opening.get(key);
      if (underway) return underway;
      const made = dial(place).finally(() => opening.delete(key));
      opening.set(key, made);
      return made;
    },
    openNow: (places) => places.map((place) => readyAt(keyOf(place))).find((one) => one !== undefined),
    close: async () => {
      closed = true;
      const all = [...ready.values()];
      ready.clear();
      await Promise.all(all.map(({ connection }) => connection.close()));
    },
  };
}

interface Range {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

function offersOf(apis: readonly Range[]): Dial["offers"] {
  const ranges = new Map(apis.map((api) => [api.apiKey, api]));
  return (key, version) => {
    const range = ranges.get(key);
    return range !== undefined && version >= range.minVersion && version <= range.maxVersion;
  };
}

async function optionsOf(settings: KafkaSettings, host: string): Promise<ConnectionOptions> {
  const tls = await settings.tls?.();
  const { serverName, ...pem } = tls ?? {};
  return {
    connectTimeout: settings.connectTimeoutMs ?? 5_000,
    requestTimeout: settings.requestTimeoutMs ?? 30_000,
    maxInflights: 16,
    // Proxies tell brokers apart by the name that is asked for; an address of numbers must not be one.
    ...(tls === undefined ? {} : { tls: pem, tlsServerName: serverName ?? isIP(host) === 0 }),
    ...(settings.signIn === undefined ? {} : { sasl: saslOf(settings.signIn) }),
  };
}

function saslOf(signIn: KafkaSignIn): NonNullable<ConnectionOptions["sasl"]> {
  switch (signIn.mechanism) {
    case "oauthbearer":
      return { mechanism: SASLMechanisms.OAUTHBEARER, token: signIn.token, authBytesValidator: tokenTaken };
    case "plain":
      return { mechanism: SASLMechanisms.PLAIN, username: signIn.username, password: signIn.password };
    case "scram-sha-256":
      return { mechanism: SASLMechanisms.SCRAM_SHA_256, username: signIn.username, password: signIn.password };
    case "scram-sha-512":
      return { mechanism: SASLMechanisms.SCRAM_SHA_512, username: signIn.username, password: signIn.password };
  }
}

/** A broker answers a token that it does not take with a success, and says in its content that it is none (RFC 7628, 3.2.2). */
const tokenTaken: NonNullable<NonNullable<ConnectionOptions["sasl"]>["authBytesValidator"]> = (answer, done) => {
  if (answer.length === 0) done(null, answer);
  else done(new RangeError("the token is not accepted"));
};
