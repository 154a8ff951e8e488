import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { NATIVE_LIMITS, withNativeLimits } from "../../local/monitoring/native-limits.ts";
import { type GivenTarget, startPrometheusScraper } from "../../local/monitoring/scraper.ts";
import { scrapeEvery } from "../../local/monitoring/target-loop.ts";
import { openWindow } from "../../local/monitoring/window.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { readPrometheusFile, type ScrapeJob } from "../../shared/core/monitoring/prometheus-file.ts";
import { isStale } from "../../shared/core/monitoring/promql/source.ts";
import { tempDir } from "./world.ts";

const TEXT = { "Content-Type": "text/plain; version=0.0.4" };
const MB = 1024 ** 2;

/** A server on loopback; `host:port`. */
async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const says = (text: string | (() => string), headers: Readonly<Record<string, string>> = TEXT) =>
  serve((_request, response) => {
    response.writeHead(200, headers).end(typeof text === "string" ? text : text());
  });

function jobs(...written: readonly Record<string, unknown>[]): readonly ScrapeJob[] {
  const file = readPrometheusFile({ global: { scrape_interval: "10s" }, scrape_configs: written });
  if (!file.ok) throw new Error(JSON.stringify(file.faults));
  return file.settings.jobs;
}

const job = (name: string, targets: readonly string[], more: Record<string, unknown> = {}) => ({
  job_name: name,
  static_configs: [{ targets }],
  ...more,
});

/** A clock that stands until it is moved; timers fire in order of their instants. */
function standingClock(start = 1_000_000, speed = 1) {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly fn: () => void }>();
  return {
    speed,
    now: () => now,
    at: (instant: number, fn: () => void) => {
      const timer = { at: instant, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    next: () => [...timers].map((one) => one.at).sort((a, b) => a - b),
    /** Moves on without firing anything. */
    pass: (to: number) => {
      now = to;
    },
    /** Moves on and fires what is due. */
    advance: (to: number) => {
      for (;;) {
        const [due] = [...timers].filter((one) => one.at <= to).sort((a, b) => a.at - b.at);
        if (!due) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.fn();
      }
      now = to;
    },
  };
}

/** A scraper over a window, by a standing clock; each round is ten seconds after the one before. */
function scraping(
  settings: readonly ScrapeJob[],
  more: { readonly given?: () => readonly GivenTarget[]; readonly baseDir?: string; readonly maxBytes?: number } = {},
) {
  const clock = standingClock();
  const window = openWindow({ keepMs: 3_600_000, maxBytes: more.maxBytes ?? 64 * MB, now: clock.now });
  const errors: string[] = [];
  const scraper = startPrometheusScraper({
    jobs: settings,
    ...(more.given ? { given: more.given } : {}),
    window,
    clock,
    keeping: { env: {}, baseDir: more.baseDir ?? "." },
    onError: (error) => errors.push((error as Error).message),
  });
  onTestFinished(() => scraper.stop());
  const round = async () => {
    clock.pass(clock.now() + 10_000);
    await scraper.round();
  };
  /** Newest value of each series of this name; "stale" for its end. */
  const newest = (name: string, matcher: Labels = {}) =>
    window
      .select(
        Object.entries({ __name__: name, ...matcher }).map(([label, value]) => ({ label, op: "=" as const, value })),
        0,
        1e15,
      )
      .map(({ labels, values }) => [labels, isStale(values, values.length - 1) ? "stale" : values.at(-1)] as const);
  /** The only one. */
  const value = (name: string, matcher: Labels = {}) => {
    const found = newest(name, matcher);
    expect(found.length, name).toBe(1);
    return found[0]?.[1];
  };
  return { clock, window, scraper, round, newest, value, errors };
}

test("samples carry job and instance, and each target has the five series about itself", async () => {
  const address = await says('# TYPE a counter\na{x="1"} 5\nb 7\n');
  const { round, newest, value, scraper } = scraping(jobs(job("shop", [address])));
  expect(scraper.targets()).toEqual([]);
  await round();
  expect(newest("a")).toEqual([[{ __name__: "a", x: "1", job: "shop", instance: address }, 5]]);
  const of = { job: "shop", instance: address };
  expect(value("up", of)).toBe(1);
  expect(value("scrape_samples_scraped", of)).toBe(2);
  expect(value("scrape_samples_post_metric_relabeling", of)).toBe(2);
  expect(value("scrape_series_added", of)).toBe(2);
  expect(value("scrape_duration_seconds", of)).toBeGreaterThan(0);
  await round();
  expect(value("scrape_series_added", of)).toBe(0);
  expect(scraper.targets()).toMatchObject([
    {
      job: "shop",
      instance: address,
      health: "up",
      lastScrapeAt: 1_020_000,
      samples: 2,
      url: `http://${address}/metrics`,
    },
  ]);
});

test("a target that fails is down, its series end, and they begin again when it is back", async () => {
  let status = 200;
  const address = await serve((_request, response) => {
    response.writeHead(status, TEXT).end("a 1\n");
  });
  const { round, value, scraper } = scraping(jobs(job("shop", [address])));
  await round();
  status = 503;
  await round();
  expect([value("up"), value("a"), value("scrape_samples_scraped")]).toEqual([0, "stale", 0]);
  expect(scraper.targets()).toMatchObject([
    { health: "down", error: "server returned HTTP status 503 Service Unavailable" },
  ]);
  status = 200;
  await round();
  expect([value("up"), value("a")]).toEqual([1, 1]);
  expect(scraper.targets()[0]).not.toHaveProperty("error");
});

test("a target that was never there is down and not unknown", async () => {
  const { round, value, scraper } = scraping(jobs(job("shop", ["127.0.0.1:1"])));
  await round();
  expect(value("up")).toBe(0);
  expect(scraper.targets()[0]?.error).toMatch(/ECONNREFUSED/);
});

/** Answers that no target should give; each goes on for as long as it is listened to. */
const BAD: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  hangs: () => undefined,
  "hangs after its head": (_request, response) => void response.writeHead(200, TEXT).write("a 1\n"),
  "drips a byte at a time": (_request, response) => {
    response.writeHead(200, TEXT);
    const timer = setInterval(() => response.write("a"), 20);
    response.on("close", () => clearInterval(timer));
  },
  "has a body of a gigabyte": (_request, response) => {
    response.writeHead(200, { ...TEXT, "Content-Length": String(1024 * MB) });
    const part = Buffer.alloc(256 * 1024, "a 1\n");
    const more = () => {
      while (!response.destroyed && response.write(part));
    };
    response.on("drain", more);
    more();
  },
  "sends a gzip bomb": (_request, response) => {
    response.writeHead(200, { ...TEXT, "Content-Encoding": "gzip" }).end(BOMB);
  },
  "sends binary as text": (_request, response) => void response.writeHead(200, TEXT).end(Buffer.alloc(MB, 0xfe)),
  "sends what is no gzip": (_request, response) => {
    response.writeHead(200, { ...TEXT, "Content-Encoding": "gzip" }).end("a 1\n");
  },
  "closes the connection": (request) => request.socket.destroy(),
  "resets in the middle": (request, response) => {
    response.writeHead(200, { ...TEXT, "Content-Length": "1000" }).write("a 1\n");
    setTimeout(() => request.socket.resetAndDestroy(), 20);
  },
  "ends before its length": (_request, response) => {
    response.writeHead(200, { ...TEXT, "Content-Length": "1000" }).write("a 1\n", () => response.destroy());
  },
  "has 100,000 labels": (_request, response) => {
    const labels = Array.from({ length: 100_000 }, (_, index) => `l${index}="x"`).join(",");
    response.writeHead(200, TEXT).end(`a{${labels}} 1\n`);
  },
  "has 30,000 series": (_request, response) => {
    response.writeHead(200, TEXT).end(Array.from({ length: 30_000 }, (_, index) => `a{i="${index}"} 1\n`).join(""));
  },
  "redirects for ever": (request, response) => void response.writeHead(302, { Location: request.url }).end(),
  "sends a page": (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end("<html>");
  },
};
const BOMB = gzipSync(Buffer.alloc(10 * MB, "a 1\n"));

const WHY: Readonly<Record<string, RegExp>> = {
  hangs: /deadline exceeded/,
  "hangs after its head": /deadline exceeded/,
  "drips a byte at a time": /deadline exceeded/,
  "has a body of a gigabyte": /body size limit exceeded/,
  "sends a gzip bomb": /body size limit exceeded/,
  "sends binary as text": /line 1: expected a valid start token/,
  "sends what is no gzip": /no gzip/,
  "closes the connection": /socket hang up|ECONNRESET/,
  "resets in the middle": /ECONNRESET|aborted/,
  "ends before its length": /closed before the end|aborted/,
  "has 100,000 labels": /label_limit exceeded .*number of labels: 100003/,
  "has 30,000 series": /sample limit exceeded \(limit: 20000\)/,
  "redirects for ever": /10 redirects/,
  "sends a page": /Content-Type "text\/html"/,
};

test("targets that hang, drip, flood, bomb, reset or lie are down with the reason; the good ones beside them are not touched", async () => {
  const good = await says("good 1\n");
  const bad = await serve((request, response) =>
    BAD[decodeURIComponent((request.url ?? "").slice(1))]?.(request, response),
  );
  const settings = jobs(
    job("good", [good]),
    ...Object.keys(BAD).map((name) =>
      job(name, [bad], {
        metrics_path: `/${encodeURIComponent(name)}`,
        body_size_limit: "4MB",
        sample_limit: 20_000,
        // Those that never end have to be given up; the others have all the time they need.
        ...(WHY[name]?.test("deadline exceeded") ? { scrape_timeout: "500ms" } : {}),
      }),
    ),
  );
  const { round, value, scraper, window } = scraping(settings, { maxBytes: 256 * MB });
  await round();
  const views = scraper.targets();
  expect(views.filter((one) => one.health !== "down").map((one) => one.job)).toEqual(["good"]);
  for (const [name, reason] of Object.entries(WHY)) {
    expect(views.find((one) => one.job === name)?.error, name).toMatch(reason);
    expect(value("up", { job: name }), name).toBe(0);
  }
  expect(value("good")).toBe(1);
  expect(value("up", { job: "good" })).toBe(1);
  // A flood that is refused leaves no trace: the two series, and five for each target.
  expect(window.series()).toBe(1 + 5 * settings.length);
  expect(window.losses()).toEqual({ evicted: 0, forgottenSeries: 0, refusedSeries: 0 });
}, 30_000);

test("limits hold also where a job sets none, and give way to what it sets", () => {
  const [none, own] = jobs(job("a", []), job("b", [], { sample_limit: 1_000_000, body_size_limit: "1GB" })).map(
    ({ limits }) => withNativeLimits(limits),
  );
  expect(none).toEqual({ ...NATIVE_LIMITS, targets: 0 });
  expect(Object.values(NATIVE_LIMITS).every((limit) => limit > 0)).toBe(true);
  expect(own).toMatchObject({ samples: 1_000_000, bodyBytes: 1024 * MB, labels: NATIVE_LIMITS.labels });
});

test("a target that hangs does not delay another", async () => {
  const held: ServerResponse[] = [];
  const bad = await serve((_request, response) => void held.push(response));
  const good = await says("good 1\n");
  const { clock, window, scraper } = scraping(jobs(job("bad", [bad]), job("good", [good])));
  await scraper.refresh();
  clock.advance(clock.now() + 10_000);
  const all = scraper.round();
  await expect
    .poll(() => window.select([{ label: "__name__", op: "=", value: "good" }], 0, 1e15).length, { timeout: 5_000 })
    .toBe(1);
  expect(scraper.targets().map((one) => [one.job, one.health])).toEqual([
    ["bad", "unknown"],
    ["good", "up"],
  ]);
  for (const response of held) response.destroy();
  await all;
});

test("one scrape of a target at a time, however long it takes", async () => {
  let open = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const address = await serve((_request, response) => {
    open += 1;
    most = Math.max(most, open);
    waiting.push(() => {
      open -= 1;
      response.writeHead(200, TEXT).end("a 1\n");
    });
  });
  const { clock, scraper, value } = scraping(jobs(job("slow", [address], { scrape_timeout: "9s" })));
  await scraper.refresh();
  for (let tick = 0; tick < 5; tick += 1) clock.advance(clock.now() + 10_000);
  await expect.poll(() => waiting.length).toBe(1);
  clock.advance(clock.now() + 30_000);
  waiting.shift()?.();
  await expect.poll(() => scraper.targets()[0]?.health).toBe("up");
  const next = scraper.round();
  await expect.poll(() => waiting.length).toBe(1);
  waiting.shift()?.();
  await next;
  expect(most).toBe(1);
  expect(value("a")).toBe(1);
});

test("connections are kept from scrape to scrape; one that the target has closed meanwhile is no fault", async () => {
  const sockets = new Set<Socket>();
  const address = await serve((request, response) => {
    sockets.add(request.socket);
    response.writeHead(200, TEXT).end("a 1\n");
  });
  const { round, value, scraper } = scraping(jobs(job("shop", [address])));
  for (let count = 0; count < 3; count += 1) await round();
  expect(sockets.size).toBe(1);
  for (const socket of sockets) socket.destroy();
  await round();
  expect(scraper.targets()[0]?.error).toBeUndefined();
  expect(value("up")).toBe(1);
  expect(sockets.size).toBe(2);
});

test.each<[string, Record<string, unknown>, string, RegExp | undefined]>([
  ["as many samples as allowed", { sample_limit: 2 }, "a 1\nb 1\n", undefined],
  ["a sample too many", { sample_limit: 2 }, "a 1\nb 1\nc 1\n", /^sample limit exceeded \(limit: 2\)$/],
  [
    "samples dropped by relabeling do not count",
    { sample_limit: 1, metric_relabel_configs: [{ source_labels: ["__name__"], regex: "b", action: "drop" }] },
    "a 1\nb 1\n",
    undefined,
  ],
  ["labels up to the limit, name, job and instance among them", { label_limit: 4 }, 'a{x="1"} 1\n', undefined],
  [
    "a label too many",
    { label_limit: 4 },
    'a{x="1",y="2"} 1\n',
    /^line 1: label_limit exceeded \(metric: a, number of labels: 5, limit: 4\)$/,
  ],
  [
    "a label name too long",
    { label_name_length_limit: 8 },
    'a{longer_name="1"} 1\n',
    /label_name_length_limit exceeded .*length: 11, limit: 8/,
  ],
  [
    "a label value too long, in bytes",
    { label_value_length_limit: 30 },
    `a{x="${"ö".repeat(16)}"} 1\n`,
    /label_value_length_limit exceeded .*length: 32, limit: 30/,
  ],
  ["a body too large", { body_size_limit: "10B" }, "a 1\na 2\na 3\n", /^body size limit exceeded \(limit: 10 bytes\)$/],
  ["a name beyond the classic letters", {}, '{"a.b"} 1\n', undefined],
  [
    "the same where classic names are asked for",
    { metric_name_validation_scheme: "legacy" },
    '{"a.b"} 1\n',
    /invalid metric name/,
  ],
  ["a target too many", { target_limit: 0 }, "a 1\n", undefined],
  ["a fault in the last line", {}, "a 1\nb\n", /^line 2: expected value after metric$/],
  ["a label twice", {}, 'a{x="1",x="2"} 1\n', /label name "x" is not unique/],
])("%s: all of the scrape or none", async (_name, settings, text, fault) => {
  const address = await says(text);
  const { round, newest, value, scraper } = scraping(jobs(job("shop", [address], settings)));
  await round();
  const [view] = scraper.targets();
  if (fault) expect(view?.error).toMatch(fault);
  else expect(view?.error).toBeUndefined();
  expect(value("up")).toBe(fault ? 0 : 1);
  expect(newest("a").length + newest("a.b").length).toBe(fault ? 0 : 1);
});

test("more targets than target_limit: none is asked, all are down", async () => {
  let asked = 0;
  const address = await says(() => {
    asked += 1;
    return "a 1\n";
  });
  const { round, scraper } = scraping(jobs(job("shop", [address, "127.0.0.1:2"], { target_limit: 1 })));
  await round();
  expect(asked).toBe(0);
  expect(scraper.targets().map((one) => one.error)).toEqual(
    Array(2).fill("target_limit exceeded (number of targets: 2, limit: 1)"),
  );
});

test("gzip is asked for and read; the limit is on what comes out of it", async () => {
  const address = await serve((request, response) => {
    expect(request.headers["accept-encoding"]).toBe("gzip");
    expect(request.headers.accept).toMatch(/^application\/openmetrics-text;version=1\.0\.0/);
    expect(request.headers["x-prometheus-scrape-timeout-seconds"]).toBe("10");
    response.writeHead(200, { ...TEXT, "Content-Encoding": "gzip" }).end(gzipSync("a 1\n".padEnd(5_000, "# \n")));
  });
  const { round, value, scraper } = scraping(
    jobs(job("fits", [address]), job("not", [address], { body_size_limit: "4KB" })),
  );
  await round();
  expect(value("a")).toBe(1);
  expect(scraper.targets().map((one) => one.error)).toEqual([
    undefined,
    "body size limit exceeded (limit: 4096 bytes)",
  ]);
});

test("OpenMetrics is read as such, with timestamps in seconds; honor_timestamps: false takes the scrape's", async () => {
  const address = await says(() => "a 1 1005.5\nb_total 2\n# EOF\n", {
    "Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8",
  });
  const { round, window } = scraping(jobs(job("own", [address]), job("ours", [address], { honor_timestamps: false })));
  await round();
  await round();
  const times = (name: string) =>
    window
      .select(
        [
          { label: "__name__", op: "=", value: name },
          { label: "job", op: "=~", value: "own|ours" },
        ],
        0,
        1e15,
      )
      .map((one) => [one.labels["job"], [...one.times]]);
  expect(times("a").sort()).toEqual([
    ["ours", [1_010_000, 1_020_000]],
    ["own", [1_005_500]],
  ]);
  expect(times("b_total").sort()).toEqual([
    ["ours", [1_010_000, 1_020_000]],
    ["own", [1_010_000, 1_020_000]],
  ]);
});

test("a sample's own job and instance are exported, or kept where labels are honoured; metric relabeling comes after", async () => {
  const address = await says('a{job="own",instance="i"} 1\nup 7\n');
  const settings = jobs(
    job("plain", [address]),
    job("honoured", [address], { honor_labels: true }),
    job("relabeled", [address], {
      metric_relabel_configs: [
        { source_labels: ["exported_job"], regex: "(.+)", target_label: "who", replacement: "was-$1" },
        { regex: "exported_.*", action: "labeldrop" },
      ],
    }),
  );
  const { round, newest, value } = scraping(settings);
  await round();
  expect(newest("a").map(([labels]) => labels)).toEqual([
    { __name__: "a", job: "plain", instance: address, exported_job: "own", exported_instance: "i" },
    { __name__: "a", job: "own", instance: "i" },
    { __name__: "a", job: "relabeled", instance: address, who: "was-own" },
  ]);
  // What a target says of its own `up` is not what is known of it.
  for (const name of ["plain", "honoured", "relabeled"]) expect(value("up", { job: name })).toBe(1);
});

test("targets come and go: from files, over HTTP, and given ones; the series of one that goes end", async () => {
  const [one, two, three] = await Promise.all([says("a 1\n"), says("a 2\n"), says("a 3\n")]);
  const dir = tempDir();
  mkdirSync(join(dir, "targets"));
  const file = join(dir, "targets", "shop.yml");
  writeFileSync(file, `- targets: ['${one}']\n  labels: { from: file }\n`);
  let answer = JSON.stringify([{ targets: [two], labels: { from: "http" } }]);
  const discovery = await serve(
    (_request, response) => void response.writeHead(200, { "Content-Type": "application/json" }).end(answer),
  );
  const settings = jobs({
    job_name: "found",
    file_sd_configs: [{ files: ["targets/*.yml"], refresh_interval: "5s" }],
    http_sd_configs: [{ url: `http://${discovery}/targets`, refresh_interval: "5s" }],
    relabel_configs: [
      {
        source_labels: ["__meta_filepath", "__meta_url"],
        regex: ".*/(.*);.*",
        target_label: "file",
        replacement: "$1",
      },
    ],
  });
  const [own] = jobs(job("own", []));
  if (!own) throw new Error("no job");
  let given: readonly GivenTarget[] = [{ job: own, address: three, labels: { from: "given" } }];
  const { round, newest, errors } = scraping(settings, { given: () => given, baseDir: dir });
  const now = () =>
    newest("a")
      .map(([labels, value]) => [labels["from"], labels["file"] ?? "", value])
      .sort();
  await round();
  expect(now()).toEqual([
    ["file", "shop.yml", 1],
    ["given", "", 3],
    ["http", "", 2],
  ]);
  // What cannot be read takes nothing away.
  writeFileSync(file, "- target: [");
  answer = "<html>";
  await round();
  expect(now().map(([, , value]) => value)).toEqual([1, 3, 2]);
  expect(errors.length).toBe(2);
  // Nor does a list that is far too long.
  writeFileSync(
    file,
    JSON.stringify([{ targets: Array.from({ length: 20_000 }, (_, index) => `127.0.0.1:${index}`) }]),
  );
  await round();
  expect(now().map(([, , value]) => value)).toEqual([1, 3, 2]);
  expect(String(errors.at(-2))).toContain("20000 targets, more than the 5000");
  writeFileSync(file, "[]");
  answer = "[]";
  given = [];
  await round();
  expect(now().map(([, , value]) => value)).toEqual(["stale", "stale", "stale"]);
});

test("a secret is read from its file at each scrape, sent to the target, and not to where it redirects", async () => {
  const dir = tempDir();
  writeFileSync(join(dir, "token"), "first\n");
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(200, TEXT).end("a 1\n");
  });
  const address = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(307, { Location: `http://${other}/metrics` }).end();
  });
  const { round, value, scraper } = scraping(
    jobs(job("token", [address], { authorization: { credentials_file: "token" } })),
    { baseDir: dir },
  );
  await round();
  writeFileSync(join(dir, "token"), "second\n");
  await round();
  expect(seen).toEqual(["Bearer first", undefined, "Bearer second", undefined]);
  expect(value("a")).toBe(1);
  writeFileSync(join(dir, "token"), "x".repeat(100_000));
  await round();
  expect(scraper.targets()[0]?.error).toMatch(/at most 65536 are read/);
});

test("redirects are not followed where the job says so", async () => {
  const address = await serve((_request, response) => void response.writeHead(302, { Location: "/other" }).end());
  const { round, scraper } = scraping(jobs(job("shop", [address], { follow_redirects: false })));
  await round();
  expect(scraper.targets()[0]?.error).toBe("server returned HTTP status 302 Found");
});

test("a target that speaks no HTTP is down", async () => {
  const server = createTcpServer((socket) => socket.end("SSH-2.0-x\r\n"));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const { round, scraper } = scraping(jobs(job("ssh", [`127.0.0.1:${(server.address() as AddressInfo).port}`])));
  await round();
  expect(scraper.targets()[0]).toMatchObject({ health: "down" });
});

test("when the window is full, a target with new series is down and says so; the others go on", async () => {
  let flood = "";
  const [good, bad] = await Promise.all([says("good 1\n"), says(() => `b 1\n${flood}`)]);
  const { round, value, scraper } = scraping(jobs(job("good", [good]), job("bad", [bad])), { maxBytes: MB });
  await round();
  flood = Array.from({ length: 3_000 }, (_, index) => `b{i="${index}"} 1\n`).join("");
  await round();
  expect(scraper.targets().find((one) => one.job === "bad")?.error).toMatch(/no room for more series/);
  expect([value("good"), value("up", { job: "bad" })]).toEqual([1, 0]);
  flood = "";
  await round();
  expect(value("up", { job: "bad" })).toBe(1);
});

test("scrapes are spread over the interval, and each is at its own regular instants", async () => {
  const address = await says("a 1\n");
  const many = Array.from({ length: 40 }, (_, index) => ({ targets: [address], labels: { n: String(index) } }));
  const { clock, window, scraper } = scraping(jobs({ job_name: "many", static_configs: many }));
  await scraper.refresh();
  const places = clock.next().filter((at) => at <= clock.now() + 10_000);
  expect(Math.max(...places) - Math.min(...places)).toBeGreaterThan(5_000);
  for (let tick = 0; tick < 3; tick += 1) {
    clock.advance(clock.now() + 10_000);
    await expect
      .poll(() => scraper.targets().every((one) => (one.lastScrapeAt ?? 0) > clock.now() - 10_000))
      .toBe(true);
  }
  const series = window.select([{ label: "__name__", op: "=", value: "a" }], 0, 1e15);
  expect(series.length).toBe(40);
  for (const { times } of series) {
    expect(times.length).toBe(3);
    expect([(times[1] ?? 0) - (times[0] ?? 0), (times[2] ?? 0) - (times[1] ?? 0)]).toEqual([10_000, 10_000]);
  }
});

test.each([
  [15_000, 1, 15_000],
  [15_000, 60, 15_000],
  [15_000, 120, 30_000],
  [10_000, 600, 150_000],
  [100, 1, 300],
])("an interval of %d ms at speed %d is scraped every %d virtual ms", (interval, speed, every) => {
  expect(scrapeEvery(interval, speed)).toBe(every);
});

test("stopping ends what is under way at once", async () => {
  const address = await serve(() => undefined);
  const { clock, scraper, newest } = scraping(jobs(job("hangs", [address])));
  await scraper.refresh();
  clock.advance(clock.now() + 10_000);
  const round = scraper.round();
  await scraper.stop();
  await round;
  expect(newest("up")).toEqual([]);
});
