import type { ServingTraffic } from "../local/gateway/serve.ts";
import type { HeadgateError } from "../shared/core/kernel/errors.ts";
import { type Given, type Option, text, type Verb } from "./command.ts";
import { errorDocument, UsageError } from "./errors.ts";

const HELP = "headgate traffic serve --help";
const DEFAULT_LISTEN = "127.0.0.1:8080";
const DEFAULT_DATA = ".headgate-traffic";

const options: readonly Option[] = [
  { name: "config", value: "FILE", about: "a headgate.yaml with a section traffic" },
  { name: "service", value: "NAME", about: "whose traffic (default: the only one that has a section)" },
  {
    name: "listen",
    value: "HOST:PORT",
    about: `default ${DEFAULT_LISTEN}; another address than this machine's own has to be written out (0.0.0.0:8080)`,
  },
  { name: "data", value: "DIR", about: `folder of the access log (default ${DEFAULT_DATA})` },
];

/** "8080", "127.0.0.1:8080", "[::]:8080". A port alone is on this machine only. */
function listenOf(given: string): { readonly host: string; readonly port: number } {
  const found = /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:]+)):)?(\d{1,5})$/i.exec(given);
  const port = Number(found?.[3] ?? Number.NaN);
  if (!found || !(port <= 65_535))
    throw new UsageError(
      `--listen ${JSON.stringify(given)} is no address such as ${DEFAULT_LISTEN} or [::]:8080`,
      HELP,
    );
  return { host: found[1] ?? found[2] ?? "127.0.0.1", port };
}

function read(given: Given) {
  const config = text(given, "config");
  if (config === undefined)
    throw new UsageError("--config FILE is missing: a headgate.yaml with a section traffic", HELP);
  const service = text(given, "service");
  return {
    config,
    ...listenOf(text(given, "listen") ?? DEFAULT_LISTEN),
    data: text(given, "data") ?? DEFAULT_DATA,
    ...(service === undefined ? {} : { service }),
  };
}

/** `headgate traffic serve`: the gateway of one service, alone; also what the container of examples/gateway runs. */
export const trafficServeVerb: Verb = {
  name: "serve",
  about:
    "Sends one service's requests on to its backends, until Ctrl-C: balancing, checks, breakers, retries, limits. SIGHUP reads the file again.",
  options,
  example: "headgate traffic serve --config headgate.yaml --service orders --listen 127.0.0.1:8080",
  run: async ({ io, options: given }) => {
    const { runServeTraffic } = await import("../local/gateway/run-serve.ts");
    return runServeTraffic(read(given), {
      // The one document says where it is, once it runs; lines for people go to standard error then.
      out: { line: io.json ? io.note : io.line, error: io.note },
      ...(io.json
        ? {
            ready: ({ url, service }: ServingTraffic) => io.document({ url, service }),
            failed: ({ code, message, faults }: HeadgateError) => io.document(errorDocument(code, message, faults)),
          }
        : {}),
    });
  },
};
