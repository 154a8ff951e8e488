import type { ContainerDefinition, TaskDefinition } from "@aws-sdk/client-ecs";

/** The one container of a definition that is the service: the one that is named so, or has ports, or is essential; else the first. */
export function mainContainer(definition: TaskDefinition, service: string): ContainerDefinition | undefined {
  const all = definition.containerDefinitions ?? [];
  return (
    all.find((one) => one.name === service) ??
    all.find((one) => (one.portMappings ?? []).length > 0) ??
    all.find((one) => one.essential !== false) ??
    all[0]
  );
}
