import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type AwsClients, awsClients } from "../../shared/edge/aws-clients.ts";
import { type Http, httpClient } from "../../shared/edge/http-client.ts";
import { readEnvValue } from "../../shared/shell/secret-reference.ts";
import { ssmParameter } from "../ssm-parameter.ts";

/** What backups need of the process beside its ports; nothing of an SDK is loaded before it is used. */
export interface Surroundings {
  readonly baseDir: string;
  readonly clients: AwsClients;
  readonly http: Http;
  /** Value behind env:NAME, file:path or ssm:/path. @throws HeadgateError `config.invalid` that does not hold it */
  readonly secret: (reference: string) => Promise<string>;
}

const refused = (reference: string, why: string): HeadgateError =>
  new HeadgateError("config.invalid", `${reference} cannot be read: ${why}`);

async function secretOf(text: string, baseDir: string): Promise<string> {
  const value = readEnvValue(text);
  if (value.kind === "text") return value.text;
  if (value.kind === "broken") throw refused(text, `allowed is ${value.allowed}`);
  const { reference } = value;
  switch (reference.kind) {
    case "env": {
      const found = process.env[reference.name];
      if (found === undefined || found === "") throw refused(text, "the variable is not set");
      return found;
    }
    case "file":
      try {
        return (await readFile(resolve(baseDir, reference.path), "utf8")).replace(/\r?\n$/, "");
      } catch (error) {
        throw refused(text, (error as NodeJS.ErrnoException).code ?? "the file cannot be read");
      }
    case "ssm":
      return ssmParameter(reference.path);
  }
}

/** @param local loopback may be reached over HTTP: on a laptop, never deployed */
export function surroundings(baseDir: string, local: boolean): Surroundings {
  const { AWS_REGION: region, HEADGATE_AWS_ENDPOINT: endpoint } = process.env;
  return {
    baseDir,
    clients: awsClients({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
    }),
    http: httpClient({ allowLocal: local || endpoint !== undefined }),
    secret: (reference) => secretOf(reference, baseDir),
  };
}
