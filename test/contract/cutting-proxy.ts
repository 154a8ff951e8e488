import { createServer, request, type Server } from "node:http";

/** Passes everything on, but cuts the line before the answer where `cut` says so: done, and nobody heard. */
export function cuttingProxy(target: string, cut: (operation: string) => boolean): Server {
  return createServer((incoming, outgoing) => {
    const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    const passed = request(
      target,
      { method: incoming.method ?? "POST", headers: incoming.headers, path: incoming.url ?? "/" },
      (answer) => {
        if (cut(operation)) {
          answer.resume();
          answer.on("end", () => incoming.socket.destroy());
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(passed);
  });
}
