/** The fleet of the bench: as many targets, as many series each. */
export const TARGETS = 200;
export const SERIES = 500;
export const INTERVAL_MS = 15_000;

/** The platform's five rules; each target has series of their names among its own. */
export const RULES = [
  'up{job="kafka"} == 0',
  "kafka_consumer_lag_sum > 1000",
  "flink_jobmanager_job_uptime == 0",
  "flink_jobmanager_job_lastCheckpointDuration > 300000",
  "flink_taskmanager_job_task_backPressuredTimeMsPerSecond > 0",
];

/** prometheus.yml for a server that has every target at a path of its own. */
export const configuration = (address: string, ruleFiles: readonly string[]): Record<string, unknown> => ({
  global: { scrape_interval: `${INTERVAL_MS / 1000}s`, evaluation_interval: `${INTERVAL_MS / 1000}s` },
  rule_files: ruleFiles,
  scrape_configs: ["kafka", "flink"].map((name, job) => ({
    job_name: name,
    static_configs: Array.from({ length: TARGETS / 2 }, (_, index) => ({
      targets: [address],
      labels: { __metrics_path__: `/${index * 2 + job}`, instance: `host-${index * 2 + job}:9308` },
    })),
  })),
});

/** What a target says at its n-th scrape. */
export function exposition(target: number, round: number): string {
  const lines = RULES.slice(1).map((rule, index) => `${rule.split(" ")[0]} ${(round * 37 + target * index) % 1_200}`);
  for (let index = lines.length; index < SERIES; index += 1) {
    if (index % 50 === 0) lines.push(`# HELP work_${index}_total Work done.`, `# TYPE work_${index}_total counter`);
    const family = index - (index % 50);
    const value = index % 3 === 0 ? (round * index * 1.37 + target).toFixed(3) : String(round * index * 1_000 + target);
    lines.push(
      `work_${family}_total{topic="topic-${index % 50}",partition="${index % 7}",consumer_group="orders-${index % 5}"} ${value}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
