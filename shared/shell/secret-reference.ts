/** Where a value is kept, in place of the value: what stands in a configuration is stored, shown and compared. */
export type SecretReference =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "ssm"; readonly path: string };

/** A value of `run.env`: a reference, a text as it stands, or something that is meant as a reference and is none. */
export type EnvValue =
  | { readonly kind: "reference"; readonly reference: SecretReference }
  | { readonly kind: "text"; readonly text: string /** Said with `text:`. */; readonly explicit: boolean }
  | { readonly kind: "broken"; readonly allowed: string };

const LITERAL = "; to mean it as it stands, put text: in front";

const text = (value: string, explicit: boolean): EnvValue => ({ kind: "text", text: value, explicit });
const reference = (value: SecretReference): EnvValue => ({ kind: "reference", reference: value });
const broken = (allowed: string): EnvValue => ({ kind: "broken", allowed: `${allowed}${LITERAL}` });

/**
 * Reads `env:NAME`, `file:path` and `ssm:/path`. `text:…` is the rest as it stands, for values that only look like a
 * reference. `file://…` is an address (checkpoint folders are written so) and stays one.
 */
export function readEnvValue(value: string): EnvValue {
  const [, scheme, rest = ""] = /^(env|file|ssm|text):([\s\S]*)$/.exec(value) ?? [];
  switch (scheme) {
    case "text":
      return text(rest, true);
    case "env":
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest)
        ? reference({ kind: "env", name: rest })
        : broken("env:NAME, with the name of an environment variable");
    case "file":
      if (rest.startsWith("//")) return text(value, false);
      return rest.trim() === "" || rest.includes("\0")
        ? broken("file:path, seen from the configuration file")
        : reference({ kind: "file", path: rest });
    case "ssm":
      return /^\/[\w./-]+$/.test(rest) ? reference({ kind: "ssm", path: rest }) : broken("ssm:/path of a parameter");
    default:
      return text(value, false);
  }
}
