// A service with a stated capacity: `workers` requests at a time, each taking about `serviceMs`, the rest wait in a bounded
// queue. A worker waits (a timer), it does not compute, so that ten instances have ten times the capacity even on two cores.
import { createServer } from "node:http";

/**
 * @param {{ name: string, workers: number, serviceMs: number, queuePlaces?: number }} capacity
 *   requests per second = workers × 1000 / serviceMs
 */
export function serve({ name, workers, serviceMs, queuePlaces = 200 }) {
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const buckets = bounds.map(() => 0);
  const answered = new Map();
  const queue = [];
  let busy = 0;
  let busySeconds = 0;
  let changedAt = performance.now();
  let durationSum = 0;
  let durationCount = 0;
  let stopping = false;
  // Trouble on request: POST /fault?fail=0.5&slowMs=400&seconds=30 to one instance, and see who is asked instead.
  let fault = { fail: 0, slowMs: 0, until: 0 };
  // Trouble from the start, for a release that is to be found out: FAIL=0.05 answers so many with 500, SLOW_MS=100 all so much later.
  const setting = (key, most) => Math.min(most, Math.max(0, Number(process.env[key] ?? 0) || 0));
  const faulty = { fail: setting("FAIL", 1), slowMs: setting("SLOW_MS", 60_000) };

  // The integral of busy workers over time, so that also requests still at work count up to this moment.
  const settle = (change = 0) => {
    const now = performance.now();
    busySeconds += (busy * (now - changedAt)) / 1000;
    changedAt = now;
    busy += change;
  };

  const answer = (response, status, body, type = "application/json", headers = {}) => {
    response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), ...headers });
    response.end(body);
    answered.set(status, (answered.get(status) ?? 0) + 1);
  };

  const work = (response, arrivedAt) => {
    settle(1);
    const now = performance.now() < fault.until ? fault : faulty;
    const took = serviceMs * (0.8 + 0.4 * Math.random()) + now.slowMs;
    setTimeout(() => {
      settle(-1);
      const seconds = (performance.now() - arrivedAt) / 1000;
      durationSum += seconds;
      durationCount++;
      for (const [index, bound] of bounds.entries()) if (seconds <= bound) buckets[index]++;
      const failed = Math.random() < now.fail;
      answer(
        response,
        failed ? 500 : 200,
        JSON.stringify({ service: name, instance: process.env.INSTANCE_ID ?? "", ms: Math.round(seconds * 1000) }),
      );
      const next = queue.shift();
      if (next) work(next.response, next.arrivedAt);
    }, took);
  };

  const metrics = () => {
    settle();
    const lines = [
      "# HELP service_workers Requests that can be worked on at once.",
      "# TYPE service_workers gauge",
      `service_workers ${workers}`,
      "# HELP service_busy_seconds_total Seconds that workers have been busy, summed over the workers.",
      "# TYPE service_busy_seconds_total counter",
      `service_busy_seconds_total ${busySeconds.toFixed(6)}`,
      "# HELP service_queue_length Requests waiting for a worker.",
      "# TYPE service_queue_length gauge",
      `service_queue_length ${queue.length}`,
      "# HELP service_requests_total Requests answered.",
      "# TYPE service_requests_total counter",
      ...[...answered].map(([status, count]) => `service_requests_total{status="${status}"} ${count}`),
      "# HELP service_request_duration_seconds From arrival to answer.",
      "# TYPE service_request_duration_seconds histogram",
      ...bounds.map((bound, index) => `service_request_duration_seconds_bucket{le="${bound}"} ${buckets[index]}`),
      `service_request_duration_seconds_bucket{le="+Inf"} ${durationCount}`,
      `service_request_duration_seconds_sum ${durationSum.toFixed(6)}`,
      `service_request_duration_seconds_count ${durationCount}`,
    ];
    return `${lines.join("\n")}\n`;
  };

  const send = (response, status, body, type) => {
    response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
    response.end(body);
  };

  const inject = (request, response) => {
    const asked = new URL(request.url ?? "/", "http://instance").searchParams;
    const number = (key, most, fallback) => {
      const value = Number(asked.get(key) ?? fallback);
      return value >= 0 && value <= most ? value : undefined;
    };
    const [fail, slowMs, seconds] = [number("fail", 1, 0), number("slowMs", 60_000, 0), number("seconds", 3600, 30)];
    if (fail === undefined || slowMs === undefined || seconds === undefined)
      return send(response, 400, '{"allowed":"fail 0..1, slowMs 0..60000, seconds 0..3600"}', "application/json");
    fault = { fail, slowMs, until: performance.now() + seconds * 1000 };
    return send(response, 200, JSON.stringify({ fail, slowMs, seconds }), "application/json");
  };

  const server = createServer((request, response) => {
    if (request.url === "/health")
      return send(
        response,
        stopping ? 503 : 200,
        JSON.stringify({ status: stopping ? "stopping" : "ok" }),
        "application/json",
      );
    if (request.url === "/metrics") return send(response, 200, metrics(), "text/plain; version=0.0.4");
    if (request.method === "POST" && request.url?.startsWith("/fault")) return inject(request, response);
    const arrivedAt = performance.now();
    if (busy < workers) return work(response, arrivedAt);
    if (queue.length < queuePlaces) return queue.push({ response, arrivedAt });
    return answer(response, 503, JSON.stringify({ error: `${name}: the queue is full` }), "application/json", {
      "retry-after": "1",
    });
  });

  server.listen(Number(process.env.PORT ?? 0), "127.0.0.1");
  // Stop taking connections, finish what has come in, end.
  for (const signal of ["SIGTERM", "SIGINT"])
    process.on(signal, () => {
      stopping = true;
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
}
