import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import { type Io, plain } from "./io.ts";

const MAX_TEMPLATE_BYTES = 1_048_576;
const MAX_DATA_BYTES = 16_777_216;
const HELP = "headgate alerts template --help";

async function readData(io: Io, file: string | undefined): Promise<{ readonly data?: unknown }> {
  if (file === undefined) return {};
  const content = await readText(io, file, MAX_DATA_BYTES);
  try {
    return { data: JSON.parse(content) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HeadgateError("input.invalid", `${file} is no JSON: ${why}`);
  }
}

/** `headgate alerts template`: what amtool's `template render` is for. */
export const alertsTemplateVerb: Verb = {
  name: "template",
  about:
    "Renders a template with the defaults and with template files, and prints the result as it is; needs no server. Exits 2 if it cannot be rendered.",
  positionals: ["[FILE]..."],
  options: [
    {
      name: "text",
      value: "TEMPLATE",
      about: `what is rendered, such as '{{ template "slack.default.title" . }}'`,
      required: true,
    },
    { name: "type", value: "text|html", about: "html escapes what comes from data, as in mails (default text)" },
    { name: "data", value: "FILE", about: "data as JSON, such as a webhook's body; default: a sample of two alerts" },
  ],
  example: `headgate alerts template mine.tmpl --text '{{ template "slack.mine" . }}'`,
  run: async ({ io, positionals, options }) => {
    const type = text(options, "type") ?? "text";
    if (type !== "text" && type !== "html")
      throw new UsageError(`--type ${JSON.stringify(type)} is no type (allowed: text, html)`, HELP);
    const files = await Promise.all(
      positionals.map(async (file) => ({ file, text: await readText(io, file, MAX_TEMPLATE_BYTES) })),
    );
    const data = await readData(io, text(options, "data"));
    const { renderForCli } = await import("../shared/core/alerting/templates/render-for-cli.ts");
    const rendered = renderForCli(files, text(options, "text") ?? "", {
      ...data,
      html: type === "html",
      now: Date.now(),
    });
    io.document(rendered);
    if (!rendered.ok) {
      for (const line of rendered.message.split("\n")) io.note(plain(line));
      return 2;
    }
    if (!io.json) await io.stream(rendered.text);
    return 0;
  },
};
