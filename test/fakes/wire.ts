import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type AwsClients, type AwsSettings, awsClients } from "../../shared/edge/aws-clients.ts";

/** One request as it arrived, body read whole. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Closes the connection without an answer, as a network that fails does. */
  readonly drop?: boolean;
  /** The request is carried out first: done, and nobody heard. */
  readonly performed?: boolean;
}

/** A fake service on a free loopback port. */
export interface Wire {
  readonly endpoint: string;
  /** Requests by operation since the start (or the last `reset`). */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly resetCounts: () => void;
  /** The next `times` requests of an operation ("*" any) are answered by this instead. */
  readonly inject: (operation: string, answer: WireAnswer, times?: number) => void;
  readonly close: () => Promise<void>;
}

/** A mistake in a request, as the service would report it. */
export class WireFault extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

async function read(request: IncomingMessage): Promise<WireRequest> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return {
    method: request.method ?? "GET",
    url: new URL(request.url ?? "/", "http://127.0.0.1"),
    headers: request.headers,
    body: Buffer.concat(parts),
  };
}

function send(response: ServerResponse, answer: WireAnswer): void {
  if (answer.drop) {
    response.socket?.destroy();
    return;
  }
  response.writeHead(answer.status, { "x-amzn-requestid": "00000000-0000-4000-8000-000000000000", ...answer.headers });
  response.end(answer.body ?? "");
}

/** Serves what `operationOf` names and `handle` answers. Every request must be signed, as Amazon wants it. */
export async function serve(
  operationOf: (request: WireRequest) => string,
  handle: (operation: string, request: WireRequest) => WireAnswer | Promise<WireAnswer>,
  asAnswer: (fault: WireFault) => WireAnswer,
): Promise<Wire> {
  const counts = new Map<string, number>();
  const injected: { operation: string; answer: WireAnswer; times: number }[] = [];

  const answer = async (incoming: IncomingMessage): Promise<WireAnswer> => {
    try {
      const request = await read(incoming);
      const operation = operationOf(request);
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
      if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 "))
        throw new WireFault("MissingAuthenticationTokenException", "the request is not signed", 403);
      const instead = injected.find((one) => one.times > 0 && (one.operation === operation || one.operation === "*"));
      if (!instead) return await handle(operation, request);
      instead.times--;
      if (instead.answer.performed) await handle(operation, request);
      return instead.answer;
    } catch (error) {
      if (error instanceof WireFault) return asAnswer(error);
      return asAnswer(new WireFault("InternalFailure", error instanceof Error ? (error.stack ?? "") : "", 500));
    }
  };

  const server = createServer((request, response) => {
    answer(request).then(
      (result) => send(response, result),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => Object.fromEntries(counts),
    resetCounts: () => counts.clear(),
    inject: (operation, given, times = 1) => void injected.push({ operation, answer: given, times }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type JsonMembers = Readonly<Record<string, unknown>>;

/** AWS JSON: the operation is in x-amz-target, errors carry `__type`. Serves 1.0 and 1.1 alike and insists on `version`. */
export function jsonWire(
  version: "1.0" | "1.1",
  service: string,
  operations: Readonly<Record<string, (input: JsonMembers) => unknown>>,
): Promise<Wire> {
  const type = `application/x-amz-json-${version}`;
  const faultAnswer = (fault: WireFault): WireAnswer => ({
    status: fault.status,
    headers: { "content-type": type, "x-amzn-errortype": fault.type },
    body: JSON.stringify({ __type: fault.type, message: fault.message }),
  });
  return serve(
    (request) => String(request.headers["x-amz-target"] ?? "unknown").replace(`${service}.`, ""),
    async (operation, request) => {
      if (request.method !== "POST" || request.headers["content-type"] !== type)
        throw new WireFault("SerializationException", `${request.method} with ${request.headers["content-type"]}`);
      const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!run) throw new WireFault("UnknownOperationException", `${service} fake has no ${operation}`);
      const body = await run(JSON.parse(request.body.toString("utf8")) as JsonMembers);
      return { status: 200, headers: { "content-type": type }, body: JSON.stringify(body ?? {}) };
    },
    faultAnswer,
  );
}

/** An answer of AWS JSON services that says what went wrong. */
export function jsonFault(type: string, status = 400): WireAnswer {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type };
  return { status, headers, body: JSON.stringify({ __type: type, message: `injected ${type}` }) };
}

/** Makes a client try again as often as it would, at once: how long it waits between tries is the SDK's own business. */
export async function withoutWaits(client: {
  readonly config: { readonly retryStrategy: () => Promise<unknown> };
}): Promise<void> {
  const { retryBackoffStrategy } = (await client.config.retryStrategy()) as {
    readonly retryBackoffStrategy?: { computeNextBackoffDelay: (retries: number) => number };
  };
  if (retryBackoffStrategy === undefined) throw new Error("this version of the SDK keeps its waits elsewhere");
  retryBackoffStrategy.computeNextBackoffDelay = () => 0;
}

/** Clients for a fake: made-up credentials, and few tries, so that a test of a failure is short. */
export function wireClients(endpoint: string, settings: AwsSettings = {}): AwsClients {
  return awsClients({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    retryMode: "standard",
    ...settings,
  });
}
