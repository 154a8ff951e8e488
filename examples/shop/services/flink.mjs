import { exporter } from "./exporter.mjs";

// A job manager and one task manager; now and then a task is under backpressure (FlinkBackpressure fires above 0 for two minutes).
exporter({
  everySeconds: 100,
  lastsSeconds: 12,
  families: ({ seconds, troubled, wave }) => [
    {
      name: "flink_jobmanager_job_uptime",
      help: "Milliseconds the job has been running.",
      samples: [{ labels: { job_name: "order-totals" }, value: Math.round(seconds * 1000) + 1 }],
    },
    {
      name: "flink_jobmanager_job_lastCheckpointDuration",
      help: "Milliseconds the last checkpoint took.",
      samples: [{ labels: { job_name: "order-totals" }, value: Math.round(900 + 600 * wave) }],
    },
    {
      name: "flink_taskmanager_job_task_backPressuredTimeMsPerSecond",
      help: "Milliseconds a second that a task waits for the next one.",
      samples: [
        { labels: { job_name: "order-totals", task_name: "source" }, value: troubled ? 640 : 0 },
        { labels: { job_name: "order-totals", task_name: "window" }, value: 0 },
      ],
    },
  ],
});
