import { connect, type Socket } from "node:net";

/** What is asked of the load generator, and what it found. */
export interface LoadRequest {
  readonly port: number;
  readonly ms: number;
  readonly connections: number;
  /** Requests a second at regular intervals, whatever comes back; absent: each connection asks again when it has its answer. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly errors: number;
  /** Not sent, because all connections were waiting. */
  readonly late: number;
  readonly p50: number;
  readonly p99: number;
}

const asking = (port: number) =>
  Buffer.from(
    `GET /items/42?page=2 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nX-Request: 1\r\nConnection: keep-alive\r\n\r\n`,
  );

async function run({ port, ms, connections, rate }: LoadRequest): Promise<LoadResult> {
  const bytes = asking(port);
  const took: number[] = [];
  const free: ((due: number) => void)[] = [];
  const sockets: Socket[] = [];
  let errors = 0;
  let late = 0;
  let going = true;
  const one = () =>
    new Promise<void>((done) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      sockets.push(socket);
      let at = 0;
      let head = "";
      let left = -1;
      const send = (due: number) => {
        at = due;
        head = "";
        left = -1;
        socket.write(bytes);
      };
      const again = () => {
        if (rate === undefined) send(performance.now());
        else free.push(send);
      };
      socket.on("connect", again);
      socket.on("error", () => errors++);
      socket.on("close", () => done());
      socket.on("data", (part) => {
        let length = part.length;
        if (left < 0) {
          head += part.toString("latin1");
          const end = head.indexOf("\r\n\r\n");
          if (end < 0) return;
          if (!head.startsWith("HTTP/1.1 200")) errors++;
          const announced = /content-length: (\d+)/i.exec(head)?.[1];
          // A proxy that sends it in chunks: 1 KB in one chunk.
          left = announced === undefined ? 1024 + "400\r\n\r\n0\r\n\r\n".length : Number(announced);
          length = head.length - end - 4;
        }
        left -= length;
        if (left > 0) return;
        took.push(performance.now() - at);
        if (going) again();
      });
    });
  const all = Array.from({ length: connections }, one);
  const from = performance.now() + (rate === undefined ? 0 : 50);
  if (rate !== undefined) {
    let sent = 0;
    const turn = () => {
      if (!going) return;
      const now = performance.now();
      while (from + (sent * 1000) / rate <= now) {
        const due = from + (sent++ * 1000) / rate;
        const send = free.shift();
        // From when it should have been sent: a load generator that waits hides the slowest answers.
        if (send) send(due);
        else late++;
      }
      setImmediate(turn);
    };
    setTimeout(turn, 50);
  }
  await new Promise((resolve) => setTimeout(resolve, ms));
  going = false;
  const seconds = (performance.now() - from) / 1000;
  const count = took.length;
  setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, 100);
  await Promise.all(all);
  took.sort((a, b) => a - b);
  const quantile = (q: number) => took[Math.floor(took.length * q)] ?? Number.NaN;
  return { perSecond: count / seconds, errors, late, p50: quantile(0.5), p99: quantile(0.99) };
}

process.on("message", (request: LoadRequest) => void run(request).then((result) => process.send?.(result)));
process.on("disconnect", () => process.exit());
process.send?.("ready");
