import type { Running } from "../local/headgate.ts";
import type { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Given, Group } from "./command.ts";
import { errorDocument } from "./errors.ts";

/** Options as the words they came from, for the reader that belongs to `start`. */
const words = (options: Given): string[] =>
  Object.entries(options).flatMap(([name, value]) =>
    ["json", "url", "debug", "help"].includes(name)
      ? []
      : value === true
        ? [`--${name}`]
        : [`--${name}=${String(value)}`],
  );

export const start: Group = {
  name: "start",
  about: "runs the whole control plane on this machine until Ctrl-C",
  single: true,
  verbs: [
    {
      name: "start",
      about: "Services as processes, a gateway, load, autoscaling, API and console, in one process tree.",
      options: [
        { name: "config", value: "FILE", about: "your own services (headgate.yaml) instead of the example" },
        {
          name: "trace",
          value: "FILE",
          about: "play a recorded load: CSV timestamp,value, or JSON of Prometheus or CloudWatch",
        },
        { name: "speed", value: "N", about: "virtual seconds per second" },
        { name: "port", value: "N", about: "port of API and console on 127.0.0.1 (default 4180)" },
        { name: "data", value: "DIR", about: "folder of the state (default .headgate)" },
        { name: "no-load", about: "generate no load" },
        { name: "quiet", about: "no line per decision" },
      ],
      example: "headgate start --config my.yaml --port 8080",
      run: async ({ io, options }) => {
        const { runStart } = await import("../local/start.ts");
        // The one document says where everything is, once it runs; the lines for people go to standard error.
        const told = io.json
          ? {
              out: { line: io.note, error: io.note },
              ready: ({ facts }: Running) => io.document(facts),
              failed: ({ code, message, faults }: HeadgateError) => io.document(errorDocument(code, message, faults)),
            }
          : {};
        const status = await runStart(words(options), told);
        return status === 0 || status === 2 ? status : 1;
      },
    },
  ],
};
