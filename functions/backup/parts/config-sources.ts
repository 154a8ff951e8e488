import { resolve } from "node:path";
import { mayBeSecret, textMayBeSecret } from "../../../shared/core/backup/may-be-secret.ts";
import { matcher } from "../../../shared/core/kernel/patterns.ts";
import { readParameters, readSecrets } from "../../../shared/edge/aws-parameters.ts";
import { type EcsSettings, readEcsSettings } from "../../../shared/edge/ecs-settings.ts";
import { readPaths } from "../../../shared/edge/read-paths.ts";
import { currentConfig } from "../../../shared/shell/config-store.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import type { ConfigItems } from "./config-items.ts";
import type { PartContext } from "./types.ts";

type Settings = NonNullable<PartContext["config"]["what"]["config"]>;

/** Headgate's configuration in force, and the files that were given with it. */
export async function addHeadgate(to: ConfigItems, { runtime, tenant, applied: given }: PartContext): Promise<void> {
  const applied = given ?? (await currentConfig(runtime as Runtime, tenant));
  if (!applied) {
    to.warnings.push("no configuration of Headgate is in force, so there is none in this point");
    return;
  }
  await to.add({ kind: "headgate", name: "headgate.yaml", text: applied.text, secret: textMayBeSecret(applied.text) });
  for (const [name, text] of Object.entries(applied.files ?? {}))
    await to.add({ kind: "headgate", name, text, secret: textMayBeSecret(text) });
}

export async function addEcs(to: ConfigItems, { clients }: PartContext, ecs: Settings["ecs"][number]): Promise<void> {
  for (const one of await readEcsSettings(clients.ecs, ecs.cluster, matcher(ecs.services), ecs.region)) {
    const { settings, hidden } = withoutSecrets(one);
    const text = JSON.stringify(one.settings, null, 2);
    await to.add({
      ...{ kind: one.kind, name: ecs.region === undefined ? one.name : `${one.name} (${ecs.region})`, text },
      secret: hidden,
      ...(hidden ? { without: JSON.stringify(settings, null, 2) } : {}),
    });
  }
}

const HIDDEN = "[left out]";

/** Environment and command of containers, which are where secrets stand when they stand in a task definition. */
export function withoutSecrets(one: EcsSettings): { readonly settings: unknown; readonly hidden: boolean } {
  let hidden = false;
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === "string") {
      if (!mayBeSecret(key, value)) return value;
      hidden = true;
      return HIDDEN;
    }
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    const fields = value as Readonly<Record<string, unknown>>;
    const { name, value: given } = fields;
    // {name: DB_PASSWORD, value: …}: the name says what the value is.
    if (typeof name === "string" && typeof given === "string") return { ...fields, value: walk(given, name) };
    return Object.fromEntries(Object.entries(fields).map(([of, item]) => [of, KNOWN.has(of) ? item : walk(item, of)]));
  };
  return { settings: walk(one.settings, ""), hidden };
}

/** Members of ECS that have the name of a secret and are none: references to where it is kept, names and tags' keys. */
const KNOWN: ReadonlySet<string> = new Set(["secrets", "secretOptions", "credentialsParameter", "key", "clientToken"]);

export async function addParameters(to: ConfigItems, { clients, sealer }: PartContext, path: string): Promise<void> {
  for (const { name, type, value } of await readParameters(clients.ssm, path, sealer !== undefined)) {
    if (value === undefined) to.leaveOut("ssm", name);
    else {
      const text = JSON.stringify({ type, value });
      await to.add({ kind: "ssm", name, text, secret: type === "SecureString" || mayBeSecret(name, value) });
    }
  }
}

export async function addSecrets(to: ConfigItems, { clients, sealer }: PartContext, pattern: string): Promise<void> {
  for (const { name, value } of await readSecrets(clients.secrets, pattern, sealer !== undefined)) {
    if (value === undefined) to.leaveOut("secret", name);
    else await to.add({ kind: "secret", name, text: JSON.stringify(value), secret: true });
  }
}

/** Files, and those below folders. What stands in a file nobody knows, so each of them is secret. */
export async function addFiles(to: ConfigItems, { baseDir, sealer }: PartContext, path: string): Promise<void> {
  for await (const { name, content } of readPaths(resolve(baseDir, path), path, sealer !== undefined)) {
    if (content === undefined) to.leaveOut("file", name);
    else await to.add({ kind: "file", name, text: content, secret: true });
  }
}
