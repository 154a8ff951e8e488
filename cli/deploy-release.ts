import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { type Given, type Option, text, texts } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import type { Io } from "./io.ts";

/** A release is a page of text; the API takes 64 KB. */
const MOST_BYTES = 60_000;

/** A release on the command line; every one of them is also a member of the file. */
export const RELEASE_OPTIONS: readonly Option[] = [
  {
    name: "file",
    value: "FILE",
    about: "the release as YAML or JSON: the container configuration; - is standard input",
  },
  { name: "version", value: "NAME", about: "name of the version (default: made from its content)" },
  { name: "image", value: "IMAGE", about: "container image, for ECS" },
  { name: "command", value: "TEXT", about: 'program and arguments, as in a shell: "node server.mjs --port 80"' },
  { name: "env", value: "KEY=VALUE", about: "environment variable; ssm:/path and env:NAME are references", many: true },
  { name: "memory", value: "SIZE", about: "such as 512m or 1g" },
  { name: "cpus", value: "N", about: "cores" },
  { name: "port", value: "PORT", about: '"8080" or "80:8080"; the first is asked for its health', many: true },
  { name: "health", value: "PATH", about: "answered with 200 by a healthy instance (default: /health)" },
];

/**
 * Words of a command as a shell would cut them: at blanks, with quotes around what belongs together and \ before a character that means
 * itself. A JSON list is taken as it is.
 *
 * @throws UsageError where a quote is not closed
 */
export function wordsOf(given: string, help: string): readonly string[] {
  if (given.trim().startsWith("[")) {
    try {
      const list: unknown = JSON.parse(given);
      if (Array.isArray(list) && list.every((word) => typeof word === "string")) return list;
    } catch {
      // A program may well be called so.
    }
  }
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < given.length; index += 1) {
    const character = given.charAt(index);
    if (character === "\\" && quote !== "'" && index + 1 < given.length) {
      index += 1;
      word = (word ?? "") + given.charAt(index);
    } else if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined) throw new UsageError(`--command: ${quote} is not closed`, help);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new UsageError("--command is empty", help);
  return words;
}

function environmentOf(options: Given, help: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts(options, "env").map((given) => {
      const split = given.indexOf("=");
      if (split < 1) throw new UsageError(`--env ${JSON.stringify(given.slice(0, 40))} is no KEY=VALUE`, help);
      return [given.slice(0, split), given.slice(split + 1)];
    }),
  );
}

async function fileOf(io: Io, path: string): Promise<Record<string, unknown>> {
  const content = await readText(io, path, MOST_BYTES);
  const { readYaml } = await import("../shared/shell/yaml-document.ts");
  const read = readYaml(content, { file: path, maxBytes: MOST_BYTES, wants: "a map: the container configuration" });
  if (!read.ok)
    throw new HeadgateError("input.invalid", `${path}: ${read.faults[0]?.message ?? "is no YAML"}`, {
      faults: read.faults,
    });
  const { value } = read;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new HeadgateError("input.invalid", `${path} is no map: a container configuration is needed`);
}

const mapOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/**
 * The release that a command line describes: the file's, with what the options say above it.
 *
 * @throws UsageError; HeadgateError `input.invalid` for a file that cannot be read
 */
export async function releaseOf(io: Io, options: Given, help: string): Promise<Record<string, unknown>> {
  const path = text(options, "file");
  const file = path === undefined ? {} : await fileOf(io, path);
  const [version, image, command] = [text(options, "version"), text(options, "image"), text(options, "command")];
  const [memory, cpus, health] = [text(options, "memory"), text(options, "cpus"), text(options, "health")];
  const environment = environmentOf(options, help);
  const ports = texts(options, "port");
  if (cpus !== undefined && !(Number(cpus) > 0))
    throw new UsageError(`--cpus ${JSON.stringify(cpus)} is no number`, help);
  const resources = {
    ...(memory === undefined ? {} : { memory }),
    ...(cpus === undefined ? {} : { cpus: Number(cpus) }),
  };
  const told = Object.keys(environment).length > 0;
  return {
    ...file,
    ...(version === undefined ? {} : { version }),
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command: wordsOf(command, help) }),
    ...(told ? { environment: { ...mapOf(file["environment"] ?? file["env"]), ...environment } } : {}),
    ...(Object.keys(resources).length > 0 ? { resources: { ...mapOf(file["resources"]), ...resources } } : {}),
    ...(ports.length > 0 ? { ports } : {}),
    ...(health === undefined ? {} : { health_check: { ...mapOf(file["health_check"]), path: health } }),
  };
}
