// What a Kafka or Flink exporter shows, without Kafka and Flink: gauges that follow a script, so that the platform's alert rules have
// something to say. Every `everySeconds` an episode begins that lasts `lastsSeconds`.
import { createServer } from "node:http";

/**
 * @param {{ everySeconds: number, lastsSeconds: number,
 *   families: (state: { seconds: number, troubled: boolean, wave: number }) => readonly { name: string, help: string, samples: readonly { labels?: Record<string, string>, value: number }[] }[] }} script
 */
export function exporter({ everySeconds, lastsSeconds, families }) {
  const started = performance.now();
  const text = () => {
    const seconds = (performance.now() - started) / 1000;
    const within = seconds % everySeconds;
    const troubled = seconds > lastsSeconds && within >= everySeconds - lastsSeconds;
    const wave = 0.5 + 0.5 * Math.sin(seconds / 7);
    return families({ seconds, troubled, wave })
      .flatMap(({ name, help, samples }) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} gauge`,
        ...samples.map(({ labels = {}, value }) => {
          const inner = Object.entries(labels).map(([label, is]) => `${label}="${is}"`);
          return `${name}${inner.length > 0 ? `{${inner.join(",")}}` : ""} ${value}`;
        }),
      ])
      .concat("")
      .join("\n");
  };
  const server = createServer((request, response) => {
    const body = request.url === "/metrics" ? text() : JSON.stringify({ status: "ok" });
    const type = request.url === "/metrics" ? "text/plain; version=0.0.4" : "application/json";
    response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
  server.listen(Number(process.env.PORT ?? 0), "127.0.0.1");
  for (const signal of ["SIGTERM", "SIGINT"])
    process.on(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
}
