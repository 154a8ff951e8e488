import type { GatewayBackend } from "../gateway/upstream.ts";

/** What a deployment wrote about this machine: the fleet itself knows better, and knows what has ended since. */
const ownDeployment = ({ source, host }: GatewayBackend): boolean =>
  source === "deploy" && (host === "127.0.0.1" || host === "localhost" || host === "::1");

/** Joins what the fleet runs and what is registered: the very same list until one of the two changes. */
export function joinedBackends(
  running: () => readonly GatewayBackend[],
  registered: () => readonly GatewayBackend[],
): () => readonly GatewayBackend[] {
  let fleet: readonly GatewayBackend[] | undefined;
  let registry: readonly GatewayBackend[] | undefined;
  let all: readonly GatewayBackend[] = [];
  return () => {
    const [nowRunning, nowRegistered] = [running(), registered()];
    if (nowRunning === fleet && nowRegistered === registry) return all;
    [fleet, registry] = [nowRunning, nowRegistered];
    const ids = new Set(fleet.map(({ id }) => id));
    const others = registry.filter((one) => !ids.has(one.id) && !ownDeployment(one));
    all = others.length === 0 ? fleet : [...fleet, ...others];
    return all;
  };
}
