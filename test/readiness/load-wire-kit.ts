import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcp, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { generate } from "../../local/load-test/generate.ts";
import { httpSender, type WireRequest } from "../../local/load-test/http-sender.ts";
import { type LoadSecond, mergedRows, totalsOf } from "../../shared/core/readiness/load/rows.ts";
import { segmentsOf } from "../../shared/core/readiness/load/schedule.ts";

export const GET: WireRequest = { bytes: Buffer.from("GET / HTTP/1.1\r\nhost: t\r\n\r\n"), method: "GET", weight: 1 };
export const listening = async (listener: RequestListener): Promise<number> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};
export async function sent(
  port: number,
  options: {
    rate: number;
    ms: number;
    connections: number;
    timeoutMs: number;
    request?: WireRequest;
    signal?: AbortSignal;
  },
) {
  const rows: LoadSecond[] = [];
  const from = performance.now();
  const now = () => performance.now() - from;
  const { rate, ms, connections, timeoutMs, request = GET, signal } = options;
  const { service } = await generate({
    segments: segmentsOf([{ shape: "constant", rate, for: ms }]),
    ...{ arrivals: "uniform", seed: 1, part: 0, of: 1, now },
    ...(signal ? { signal } : {}),
    rows: (some) => void rows.push(...some),
    sender: (recorder) =>
      httpSender({ host: "127.0.0.1", port, requests: [request], connections, timeoutMs, seed: 1, recorder, now }),
  });
  return { ...totalsOf(mergedRows(rows)), service };
}

/** A server whose every connection is handed to `meet`; the port. */
export const talking = async (meet: (socket: Socket) => void): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("data", () => meet(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const one of sockets) one.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};
