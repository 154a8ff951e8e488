import { createServer } from "node:net";

const HOST = "127.0.0.1";

/** Whether a loopback port can be listened on; 0 asks the operating system for a free one. Answers the port, or undefined. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : undefined));
    });
  });
}

/**
 * A port for one more instance: any free one when `base` is 0, else the first free one from `base` upward, so that a service
 * with a fixed port can still have several instances. `taken` are ports promised to instances that do not listen yet.
 */
export async function pickPort(base: number, taken: ReadonlySet<number>): Promise<number> {
  for (let step = 0; step < 200; step++) {
    const wanted = base === 0 ? 0 : base + step;
    if (wanted > 65_535) break;
    if (taken.has(wanted)) continue;
    const port = await tryPort(wanted);
    if (port !== undefined && !taken.has(port)) return port;
  }
  throw new Error(base === 0 ? "no free port" : `no free port from ${base} to ${Math.min(65_535, base + 199)}`);
}

/** The one port that is asked for: free now and promised to nobody. */
export const portIsFree = async (port: number, taken: ReadonlySet<number>): Promise<boolean> =>
  !taken.has(port) && (await tryPort(port)) !== undefined;
