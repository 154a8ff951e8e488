import { join, resolve } from "node:path";
import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type Json, sameJson } from "../../shared/core/kernel/json.ts";
import type { Discovery } from "../../shared/core/ports/discovery.ts";
import { registrationOf } from "../../shared/core/traffic/registry.ts";
import { BackendSpec, type TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { Registration } from "../../shared/core/traffic/types.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { readConfigFile } from "../config-file.ts";
import type { Out } from "../say.ts";
import { accessLog } from "./access-log.ts";
import { localBreakers } from "./breakers.ts";
import { activeChecks } from "./checks.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import { ownAnswers } from "./own-answers.ts";
import { requestMetrics } from "./request-metrics.ts";

export interface ServeTraffic {
  readonly config: string;
  /** Absent: the only one with a traffic section. */
  readonly service?: string;
  readonly host: string;
  readonly port: number;
  /** Folder for the access log. */
  readonly data: string;
  /** Default: AWS. */
  readonly discovery?: () => Promise<Discovery>;
}

export interface ServingTraffic {
  readonly service: string;
  readonly url: string;
  readonly gateway: Gateway;
  /** Reads the file again. @throws HeadgateError: nothing has changed then */
  reload(): Promise<void>;
  /** Answers what is on its way, and ends. */
  stop(): Promise<void>;
}

/** Real ms that requests on their way get when it stops: less than what containers are given (30 s on ECS). */
const DRAIN_MS = 25_000;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1"]);

function sectionOf(
  path: string,
  wanted: string | undefined,
): { service: string; config: HeadgateConfig; traffic: TrafficConfig } {
  const { config } = readConfigFile(resolve(path));
  const sections = config.traffic ?? {};
  const names = Object.keys(sections);
  const service = wanted ?? (names.length === 1 ? (names[0] as string) : undefined);
  const list = names.length === 0 ? "none" : names.join(", ");
  if (service === undefined) {
    const message = `${path} has traffic of ${names.length} services: which one is served?`;
    throw new HeadgateError("input.invalid", message, {
      faults: [{ path: "--service", message: "is missing", allowed: list }],
    });
  }
  const traffic = Object.hasOwn(sections, service) ? sections[service] : undefined;
  if (!traffic)
    throw new HeadgateError("service.unknown", `${path} says nothing of the traffic of ${service}`, {
      faults: [{ path: "--service", message: "has no traffic section", value: service, allowed: list }],
    });
  return { service, config, traffic };
}

/**
 * The gateway of one service alone: backends of the file and of discovery, active checks, breakers of its own, access log and metrics.
 *
 * @throws HeadgateError `input.invalid`, `config.invalid`, `service.unknown`, `port.in_use`
 */
export async function serveTraffic(options: ServeTraffic, out: Out): Promise<ServingTraffic> {
  let read = sectionOf(options.config, options.service);
  const { service } = read;
  let listed: readonly Registration[] = [];
  let found: readonly Registration[] = [];
  let all: readonly Registration[] = [];
  let gateway: Gateway | undefined;
  let draining = false;

  const joined = () => {
    const ids = new Set(listed.map(({ id }) => id));
    all = [...listed, ...found.filter(({ id }) => !ids.has(id))];
    gateway?.wake();
  };
  const fromFile = () => {
    listed = read.traffic.backends.map((input) => registrationOf(input, { source: "config", at: Date.now() }));
  };
  fromFile();
  joined();

  const metrics = requestMetrics(service);
  const log = read.traffic.accessLog ? accessLog(join(resolve(options.data), `access-${service}.ndjson`)) : undefined;
  const checks = activeChecks({
    traffic: () => read.traffic,
    backends: () => all,
    now: Date.now,
    onChange: ({ id }, state) => {
      out.line(`${service}: ${id} ${state.healthy ? "is healthy again" : "is taken out"}: ${state.detail ?? ""}`);
      gateway?.wake();
    },
  });
  const own = ownAnswers({
    gateway: () => gateway,
    metrics,
    draining: () => draining,
    open: LOOPBACK.has(options.host),
  });
  try {
    gateway = await openGateway({
      service,
      traffic: read.traffic,
      backends: () => all,
      checks: checks.of,
      breakers: localBreakers({ policy: () => read.traffic.breaker, now: Date.now, random: Math.random }),
      host: options.host,
      port: options.port,
      exactPort: true,
      closeMs: DRAIN_MS,
      own,
      onVerdict: ({ id, action, detail }) => {
        if (action === "ejected" || action === "returned") out.line(`${service}: ${id} was ${action}: ${detail}`);
      },
      onFinished: (request) => {
        metrics.count(request.method, request.path, request.status, request.ms);
        log?.write(request);
      },
    });
  } catch (error) {
    await checks.stop();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL")
      throw new HeadgateError("port.in_use", `cannot listen on ${options.host}:${options.port}: ${message}`, {
        cause: error,
      });
    throw error;
  }
  const opened = gateway;

  let discovery: Promise<Discovery> | undefined;
  const look = async () => {
    const { discover } = read.traffic;
    const ecs = read.config.services[service]?.ecs;
    if (!discover?.cloudMap && !(discover?.ecs && ecs)) return;
    try {
      discovery ??= (options.discovery ?? awsSources)();
      const answer = await (await discovery).discover({
        service,
        ...(discover.cloudMap ? { cloudMap: plain(discover.cloudMap) } : {}),
        ...(!discover.cloudMap && discover.ecs && ecs ? { ecs: { ...plain(ecs), port: discover.ecs.port } } : {}),
      } as Parameters<Discovery["discover"]>[0]);
      const as = discover.cloudMap ? "cloudmap" : "ecs";
      const next = answer.backends.flatMap((one) => {
        const parsed = v.safeParse(BackendSpec, one);
        if (!parsed.success) return [];
        const known = found.find(({ id }) => id === one.id);
        return [registrationOf(parsed.output, { source: as, at: known?.registeredAt ?? Date.now() })];
      });
      // A source that suddenly knows nobody is more likely wrong than right: what is known stays.
      if (next.length === 0 && found.length > 0)
        return out.line(`${service}: discovery lists nobody; what is known stays`);
      if (sameJson(next as unknown as Json, found as unknown as Json)) return;
      found = next;
      joined();
    } catch (error) {
      out.error(`${service}: ${(error as Error).message}; the ${found.length} backends that are known stay`);
    }
  };
  let looking: Promise<unknown> = look();
  let timer: NodeJS.Timeout | undefined;
  const again = () => {
    timer = setTimeout(() => {
      looking = look().finally(again);
    }, read.traffic.discover?.every ?? 60_000).unref();
  };
  again();

  return {
    service,
    url: opened.url,
    gateway: opened,
    reload: async () => {
      read = sectionOf(options.config, service);
      fromFile();
      joined();
      opened.update(read.traffic);
      await look();
    },
    stop: async () => {
      draining = true;
      clearTimeout(timer);
      await opened.close();
      await Promise.all([checks.stop(), log?.close(), looking]);
    },
  };
}

const plain = <T extends object>(value: T): T => ({ ...value });

export async function awsSources(): Promise<Discovery> {
  const [{ lazyTraffic }, { awsClients }] = await Promise.all([
    import("../../functions/lazy-traffic.ts"),
    import("../../shared/edge/aws-clients.ts"),
  ]);
  return lazyTraffic(awsClients()).discovery;
}
