import { isReference, type Secrets } from "./secrets.ts";

type Settings = { readonly [name: string]: unknown };

/** Settings whose value proves who we are or is an address that only its owner knows; they may be references. */
const SECRET = new Set([
  "url",
  "api_url",
  "webhook_url",
  "routing_key",
  "service_key",
  "api_key",
  "app_token",
  "bot_token",
  "auth_password",
  "auth_secret",
  "access_key",
  "secret_key",
  "password",
  "credentials",
  "bearer_token",
  "client_secret",
  "client_certificate_key",
  "key",
  "secrets",
  "proxy_url",
]);

/** `x_file` says where `x` is read from. PEM files keep their ends, everything else loses the white space around it. */
const FILES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "url",
    "api_url",
    "webhook_url",
    "routing_key",
    "service_key",
    "api_key",
    "app_token",
    "bot_token",
    "chat_id",
    "auth_password",
    "auth_secret",
    "username",
    "password",
    "credentials",
    "bearer_token",
    "client_secret",
    "client_certificate_key",
    "ca",
    "cert",
    "key",
  ].map((name) => [`${name}_file`, name]),
);
const AS_IT_IS = new Set(["ca", "cert", "key", "auth_secret"]);
/** Of these only the value is secret where a person wrote it; a template or a name beside it is not. */
const PUBLIC_KEYS = new Set(["images", "links", "actions"]);

export interface Resolved {
  readonly settings: Settings;
  /** What must not appear in anything shown. */
  readonly secrets: readonly string[];
}

interface Step {
  readonly path: readonly string[];
  readonly target: string;
  readonly read: () => Promise<string>;
}

/** What has to be read for these settings, and the secrets that stand in them. */
interface Reading {
  readonly steps: readonly Step[];
  readonly secrets: readonly string[];
}

const isMap = (value: unknown): value is Settings =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function plan(settings: Settings, secrets: Secrets, path: readonly string[] = []): Reading {
  const steps: Step[] = [];
  const found: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (isMap(value)) {
      if (PUBLIC_KEYS.has(name)) continue;
      const inner = plan(value, secrets, [...path, name]);
      steps.push(...inner.steps);
      found.push(...inner.secrets);
    } else if (Array.isArray(value) && SECRET.has(name)) {
      found.push(...value.filter((one): one is string => typeof one === "string"));
    } else if (typeof value === "string" && value !== "") {
      const target = FILES[name];
      if (target !== undefined) {
        const trim = (text: string) => (AS_IT_IS.has(target) ? text : text.trim());
        steps.push({ path, target, read: async () => trim(await secrets.file(value)) });
      } else if (SECRET.has(name) && isReference(value)) {
        steps.push({ path, target: name, read: async () => secrets.value(value) ?? value });
      } else if (SECRET.has(name)) found.push(value);
    }
  }
  return { steps, secrets: found };
}

function put(settings: Settings, [head, ...rest]: readonly string[], target: string, value: string): Settings {
  if (head === undefined) return { ...settings, [target]: value };
  const inner = settings[head];
  return { ...settings, [head]: put(isMap(inner) ? inner : {}, rest, target, value) };
}

/**
 * Replaces files and references in an integration's settings by what is behind them. What has to be read is found once per settings;
 * it is read each time. Rejects with an Error that names the file or reference, never a value.
 */
export function settingsResolver(secrets: Secrets): (settings: Settings) => Promise<Resolved> | Resolved {
  const plans = new WeakMap<Settings, Reading>();
  return (settings) => {
    let known = plans.get(settings);
    if (!known) {
      known = plan(settings, secrets);
      plans.set(settings, known);
    }
    const { steps, secrets: written } = known;
    if (steps.length === 0) return { settings, secrets: written };
    return Promise.all(steps.map(async ({ path, target, read }) => ({ path, target, value: await read() }))).then(
      (all) => ({
        settings: all.reduce((so, { path, target, value }) => put(so, path, target, value), settings),
        secrets: [...written, ...all.map(({ value }) => value)],
      }),
    );
  };
}
