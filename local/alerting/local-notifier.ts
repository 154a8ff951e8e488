import { lazyNotify } from "../../functions/lazy-notify.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Sends from this machine: receivers on it may be reached, and Amazon with whatever credentials its user has. */
export function localNotifier(
  runtime: () => Runtime,
  baseDir: string,
  serviceUrl?: (name: string) => string | undefined,
): ReturnType<typeof lazyNotify> {
  const { env } = process;
  const region = env["AWS_REGION"];
  const endpoint = env["HEADGATE_AWS_ENDPOINT"];
  const where = { ...(region === undefined ? {} : { region }), ...(endpoint === undefined ? {} : { endpoint }) };
  const clients = awsClients(where);
  return lazyNotify(runtime, {
    allowLocal: true,
    // A service of this machine answers to its name, as one does behind ECS Service Connect.
    ...(serviceUrl
      ? {
          localAddress: (host) => {
            const url = serviceUrl(host);
            return url === undefined ? undefined : new URL(url);
          },
        }
      : {}),
    env,
    baseDir,
    aws: { credentials: clients.credentials, ...where },
    now: Date.now,
  });
}
