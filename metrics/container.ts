import { hostname } from "node:os";

/**
 * Id of the container this runs in: on ECS the last part of ECS_CONTAINER_METADATA_URI_V4, which names the container; elsewhere
 * the host name, which Docker and Kubernetes set to the container's or the pod's.
 */
export function containerId(env: Readonly<Record<string, string | undefined>>): string {
  const ecs = env["ECS_CONTAINER_METADATA_URI_V4"]?.split("/").at(-1);
  return ecs || env["HOSTNAME"] || hostname();
}
