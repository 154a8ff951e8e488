import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";

/** Body of a webhook, version 4. */
export interface WebhookBody {
  readonly receiver: string;
  readonly status: "firing" | "resolved";
  readonly alerts: readonly {
    readonly status: "firing" | "resolved";
    readonly labels: Labels;
    readonly annotations: Labels;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly generatorURL: string;
    readonly fingerprint: string;
  }[];
  readonly notification_reason: string;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly routeLabels: Labels;
  readonly externalURL: string;
  readonly version: string;
  readonly groupKey: string;
  readonly truncatedAlerts: number;
}

export interface Received {
  readonly at: Millis;
  /** Path of the request without the leading slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Recorder {
  readonly url: string;
  readonly received: readonly Received[];
  /** Bodies received at paths that begin so, in the order of arrival. */
  readonly bodies: (prefix: string) => readonly (WebhookBody & { readonly at: Millis; readonly path: string })[];
  /** Resolves when `enough` holds, which is asked after each request; or after so many milliseconds, and tells which. */
  readonly until: (enough: () => boolean, withinMs: number) => Promise<boolean>;
  /** Answers of paths that begin so, and after how long, until it is set again. */
  readonly answer: (prefix: string, status: number, afterMs?: number) => void;
  readonly close: () => Promise<void>;
}

/** A loopback server that keeps what it is sent. */
export async function startRecorder(): Promise<Recorder> {
  const received: Received[] = [];
  const answers = new Map<string, { readonly status: number; readonly afterMs: number }>();
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      const path = (request.url ?? "").slice(1);
      received.push({ at: Date.now(), path, headers: request.headers, text: Buffer.concat(parts).toString("utf8") });
      const said = [...answers].findLast(([prefix]) => path.startsWith(prefix))?.[1];
      const answer = () => response.writeHead(said?.status ?? 200, { "content-type": "application/json" }).end("{}");
      if (said && said.afterMs > 0) setTimeout(answer, said.afterMs);
      else answer();
      for (const look of waiting) look();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    bodies: (prefix) =>
      received
        .filter(({ path }) => path.startsWith(prefix))
        .map(({ at, path, text }) => ({ at, path, ...(JSON.parse(text) as WebhookBody) })),
    until: (enough, withinMs) =>
      new Promise((resolve) => {
        const end = (said: boolean) => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve(said);
        };
        const look = () => {
          if (enough()) end(true);
        };
        const timer = setTimeout(() => end(false), withinMs);
        waiting.add(look);
        look();
      }),
    answer: (prefix, status, afterMs = 0) => void answers.set(prefix, { status, afterMs }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
