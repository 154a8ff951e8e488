/** How to see that an instance is well. Without any of it: it runs, and GET /health of its first port answers 200. */
export interface ReleaseHealth {
  /** Answered with 200 by a healthy instance. */
  readonly path?: string;
  /** Run inside the container; exit code 0 is healthy (ECS only). */
  readonly command?: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

/** A place of the host, or a named volume, inside the container. */
export interface ReleaseVolume {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/**
 * One version of a service, as it is to run: the platform's container configuration. Plain JSON. Values of `environment` may be
 * references (`env:NAME`, `ssm:/path`, `file:path`), which are resolved where it starts and appear nowhere else.
 */
export interface Release {
  /** Unique among the versions of the service: letters, digits, '.', '_' and '-', at most 63. */
  readonly version: string;
  /** Container image, for ECS. */
  readonly image?: string;
  /** Program and arguments, for local processes; on ECS it replaces the image's command. */
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly resources: {
    /** MiB. */
    readonly memoryMb: number;
    /** Cores; 1 unless given (the platform's cpu_quota 100000 of 100000). */
    readonly cpus: number;
  };
  /** The first is the one that is asked for health and metrics. `host` 0: any free one. */
  readonly ports: readonly {
    readonly container: number;
    readonly host: number;
    readonly protocol: "tcp" | "udp";
  }[];
  readonly volumes: readonly ReleaseVolume[];
  readonly restartPolicy: "no" | "always" | "on-failure" | "unless-stopped";
  readonly health: ReleaseHealth;
  /** Path of its metrics; "/metrics" unless given. */
  readonly metricsPath: string;
}
