import type { AddressJudge } from "../http-client.ts";
import { isThisMachine, refusedAddress } from "../refused-address.ts";

/**
 * Which addresses notifications may go to. On a laptop this machine itself counts as outside; link-local addresses, which lead to a
 * cloud's credentials, are never a receiver, and a redirect must not make one of them.
 */
export function judgeOf(allowLocal: boolean): AddressJudge {
  if (!allowLocal) return refusedAddress;
  return (address) => {
    const why = refusedAddress(address);
    return why !== undefined && isThisMachine(why) ? undefined : why;
  };
}
