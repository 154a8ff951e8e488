import type { DurationMs } from "../core/kernel/time.ts";

/** Who we are; what is secret is asked for at each connection, so that a changed one is used. */
export type KafkaSignIn =
  | {
      readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
      readonly username: string;
      readonly password: () => Promise<string>;
    }
  /** Also msk-iam, whose token is made here. */
  | { readonly mechanism: "oauthbearer"; readonly token: () => Promise<string> };

/** PEM texts. */
export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
}

export interface KafkaSettings {
  /** For messages. */
  readonly name: string;
  /** host:port of some brokers; asked for when no broker that is known answers. */
  readonly brokers: () => Promise<readonly BrokerPlace[]>;
  readonly tls?: () => Promise<KafkaTls>;
  readonly signIn?: KafkaSignIn;
  /** Leaders that move and brokers that are gone are waited for so long within a call. Default: 20 s. */
  readonly patienceMs?: DurationMs;
  /** Default: 5 s. */
  readonly connectTimeoutMs?: DurationMs;
  /** A broker that does not answer for so long is taken for dead. Default: 30 s. */
  readonly requestTimeoutMs?: DurationMs;
}

export interface BrokerPlace {
  readonly host: string;
  readonly port: number;
}

/** "broker:9092" or "[::1]:9092". Throws RangeError where it is neither. */
export function brokerPlace(address: string): BrokerPlace {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^\s:]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new RangeError(`${address} is not host:port`);
  return { host, port: Number(port) };
}
