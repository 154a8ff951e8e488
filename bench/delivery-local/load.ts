import { Agent, request } from "node:http";

/** What a client saw. */
export interface Seen {
  sent: number;
  answered: number;
  /** Failures that the service was told to have. */
  injected: number;
  /** Anything else that is no answer: a connection that broke, a 5xx of the gateway. */
  dropped: number;
  readonly why: Map<string, number>;
  readonly versions: Map<string, number>;
}

export interface Load {
  readonly seen: Seen;
  /** Ends when all answers are in. */
  stop(): Promise<void>;
}

/** So many requests a second, at their time whether answers come or not. */
export function startLoad(url: string, perSecond: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const seen: Seen = { sent: 0, answered: 0, injected: 0, dropped: 0, why: new Map(), versions: new Map() };
  const began = performance.now();
  let open = 0;
  let stopped: (() => void) | undefined;

  const drop = (why: string) => {
    seen.dropped++;
    seen.why.set(why, (seen.why.get(why) ?? 0) + 1);
  };
  const over = () => {
    open--;
    if (open === 0) stopped?.();
  };
  const send = () => {
    seen.sent++;
    open++;
    let ended = false;
    const end = (what: () => void) => {
      if (ended) return;
      ended = true;
      what();
      over();
    };
    const asked = request(`${url}/orders`, { agent }, (response) => {
      const { statusCode = 0, headers } = response;
      const chunks: string[] = [];
      response.setEncoding("utf8").on("data", (part: string) => chunks.push(part));
      response.on("error", (error) => end(() => drop(error.message)));
      response.on("end", () =>
        end(() => {
          const version = String(headers["x-version"] ?? "");
          seen.versions.set(version, (seen.versions.get(version) ?? 0) + 1);
          if (headers["x-injected"]) seen.injected++;
          else if (statusCode >= 500 || statusCode === 429) drop(`${statusCode} ${chunks.join("").slice(0, 200)}`);
          else seen.answered++;
        }),
      );
    });
    asked.on("error", (error) => end(() => drop(error.message)));
    asked.end();
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    while (seen.sent < due) send();
  }, 5);
  return {
    seen,
    stop: async () => {
      clearInterval(timer);
      if (open > 0) await new Promise<void>((resolve) => (stopped = resolve));
      agent.destroy();
    },
  };
}
