import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** One request to AWS as IAM sees it. */
export interface AwsCall {
  /** "dynamodb:UpdateItem" */
  readonly action: string;
  /** Index of the table that is read, if any. */
  readonly index?: string;
  /** Key of the object, if any. */
  readonly object?: string;
}

export interface Front {
  readonly endpoint: string;
  /** The calls since the last take, in order. */
  take(): readonly AwsCall[];
  close(): Promise<void>;
}

/** Name in a request's signature to name in IAM. */
const IAM_NAMES: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };
/** Operation to the IAM action that allows it, where the two differ. */
const IAM_ACTIONS: Readonly<Record<string, string>> = { "sqs:SendMessageBatch": "sqs:SendMessage" };

/**
 * One address for all of AWS, as HEADGATE_AWS_ENDPOINT wants it: hands each request to the fake of the service it is
 * signed for, unchanged, and notes which IAM action it would need.
 */
export async function awsFront(services: Readonly<Record<string, string>>): Promise<Front> {
  let calls: AwsCall[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const service =
      /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(incoming.headers.authorization ?? "")?.[1] ?? "";
    const endpoint = services[service];
    if (!endpoint) {
      outgoing.writeHead(501).end(`no fake for "${service}"`);
      return;
    }
    calls.push(
      callOf(
        service,
        incoming.method ?? "GET",
        incoming.url ?? "/",
        String(incoming.headers["x-amz-target"] ?? ""),
        body,
      ),
    );
    const onward = request(
      new URL(incoming.url ?? "/", endpoint),
      { method: incoming.method, headers: { ...incoming.headers, host: new URL(endpoint).host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    onward.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = calls;
      calls = [];
      return taken;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

const S3_ACTIONS: Readonly<Record<string, string>> = {
  GET: "GetObject",
  HEAD: "GetObject",
  PUT: "PutObject",
  POST: "PutObject",
  DELETE: "DeleteObject",
};

function callOf(service: string, method: string, url: string, target: string, body: Buffer): AwsCall {
  if (service === "s3") {
    const [, , ...key] = new URL(url, "http://s3").pathname.split("/");
    if (key.join("/") === "") return { action: "s3:ListBucket" };
    return { action: `s3:${S3_ACTIONS[method]}`, object: decodeURIComponent(key.join("/")) };
  }
  if (service === "scheduler")
    return { action: `scheduler:${method === "POST" ? "CreateSchedule" : `${method} ${url}`}` };
  // The query protocol names its operation in the form.
  const operation =
    target === "" ? (new URLSearchParams(body.toString("utf8")).get("Action") ?? "") : (target.split(".").at(-1) ?? "");
  const called = `${IAM_NAMES[service] ?? service}:${operation}`;
  const action = IAM_ACTIONS[called] ?? called;
  const index =
    service === "dynamodb" ? (JSON.parse(body.toString("utf8")) as { IndexName?: string }).IndexName : undefined;
  return { action, ...(index === undefined ? {} : { index }) };
}
