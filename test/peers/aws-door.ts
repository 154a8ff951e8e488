import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** What one request asks for: a service's operation, or a method and the path of an object. */
interface DoorRequest {
  readonly operation?: string;
  readonly method: string;
  readonly path: string;
}

type DoorRule = (request: DoorRequest) => number | "silence" | undefined;

/** One address for all of AWS: DynamoDB goes to a server of its own, everything else to another. */
export interface AwsDoor {
  readonly endpoint: string;
  /** Everything that went through since the last call, and what was refused. */
  seen(): readonly DoorRequest[];
  /** Answers instead of the service where it gives a status; `silence`: nobody ever answers. */
  refuse(rule: DoorRule | undefined): void;
  close(): Promise<void>;
}

const NAMES: Readonly<Record<number, string>> = { 403: "AccessDenied", 404: "NoSuchBucket", 503: "SlowDown" };

export async function awsDoor(dynamodb: string, others: string): Promise<AwsDoor> {
  let seen: DoorRequest[] = [];
  let rule: DoorRule | undefined;
  const server = createServer((incoming, outgoing) => {
    const target = String(incoming.headers["x-amz-target"] ?? "");
    const [service, operation] = target.split(".");
    const { method = "GET", url: path = "/", headers } = incoming;
    const one: DoorRequest = { ...(operation === undefined ? {} : { operation }), method, path };
    seen.push(one);
    const status = rule?.(one);
    if (status !== undefined) {
      incoming.resume();
      if (status === "silence") return;
      const name = NAMES[status] ?? "InternalError";
      outgoing.writeHead(status, { "content-type": "application/xml" });
      outgoing.end(`<?xml version="1.0"?><Error><Code>${name}</Code><Message>${name}</Message></Error>`);
      return;
    }
    const to = service?.startsWith("DynamoDB") ? dynamodb : others;
    const passed = request(new URL(path, to), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.once("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => {
      const all = seen;
      seen = [];
      return all;
    },
    refuse: (given) => {
      rule = given;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
