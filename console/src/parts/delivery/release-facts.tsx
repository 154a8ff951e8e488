import type { RolloutView } from "../../../../functions/api/views-delivery.ts";
import { plural } from "../../format.ts";

/** What a version is made of, as it may be shown. */
export function ReleaseFacts({ rollout }: { rollout: RolloutView }) {
  const { release, size } = rollout;
  const environment = Object.entries(release.environment);
  return (
    <section>
      <h2>
        What is in <bdi class="mono">{release.version}</bdi>
      </h2>
      <dl class="facts">
        {release.image && (
          <>
            <dt>image</dt>
            <dd>
              <bdi class="mono">{release.image}</bdi>
            </dd>
          </>
        )}
        {release.command && (
          <>
            <dt>command</dt>
            <dd>
              <bdi class="mono">{release.command.join(" ")}</bdi>
            </dd>
          </>
        )}
        <dt>instances</dt>
        <dd>
          {size}, each {release.resources.memoryMb} MiB and {plural(release.resources.cpus, "core")}
        </dd>
        {environment.length > 0 && (
          <>
            <dt>environment</dt>
            <dd>
              {environment.map(([name, value]) => (
                <bdi key={name} class="mono variable">
                  {name}={value}
                </bdi>
              ))}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
