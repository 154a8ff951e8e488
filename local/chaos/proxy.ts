import { connect, createServer, type Server, type Socket } from "node:net";

export interface ProxySettings {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Share of new connections that are reset. */
  readonly errors: number;
  readonly cut: boolean;
}

/** Settings of a line nothing is wrong with. */
export const GOOD_LINE: ProxySettings = { latencyMs: 0, jitterMs: 0, errors: 0, cut: false };

export interface ChaosProxy {
  readonly port: number;
  /** From now on, also for open connections; cutting ends those. */
  set(settings: ProxySettings): void;
  close(): Promise<void>;
}

/** Hands bytes on in their order, each piece no sooner than the delay says; what waits is bounded by pausing the source. */
function delayed(from: Socket, to: Socket, delay: () => number): void {
  let due = 0;
  let waiting = 0;
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };
  const wait = (): number => {
    // A piece never overtakes the one before it.
    due = Math.max(due, performance.now() + delay());
    return Math.max(0, due - performance.now());
  };
  from.on("data", (piece: Buffer) => {
    waiting += piece.length;
    if (waiting > 4 << 20) from.pause();
    const ms = wait();
    const send = (): void => {
      waiting -= piece.length;
      if (to.destroyed) return;
      if (to.write(piece)) from.resume();
      else to.once("drain", () => from.resume());
    };
    if (ms === 0 && timers.size === 0) send();
    else later(ms, send);
  });
  from.on("end", () => later(wait(), () => to.end()));
  from.on("close", () => {
    for (const timer of timers) clearTimeout(timer);
    to.destroy();
  });
  from.on("error", () => to.destroy());
}

/**
 * A line in front of an address that can be made bad. Listens on the host given; port 0: any free one.
 *
 * @param random 0 ≤ x < 1
 * @throws Error where it cannot listen
 */
export async function startProxy(
  listen: { readonly host: string; readonly port: number },
  to: { readonly host: string; readonly port: number },
  random: () => number,
): Promise<ChaosProxy> {
  let settings = GOOD_LINE;
  const open = new Set<Socket>();
  const delay = (): number => settings.latencyMs + settings.jitterMs * random();
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    if (settings.cut || random() < settings.errors) {
      client.on("error", () => {});
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: to.host, port: to.port, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      open.add(socket);
      socket.on("close", () => open.delete(socket));
    }
    delayed(client, upstream, delay);
    delayed(upstream, client, delay);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : listen.port,
    set: (next) => {
      settings = next;
      if (next.cut) for (const socket of open) socket.resetAndDestroy();
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
