import { serve } from "./serve.mjs";

// 6 workers × 120 ms = 50 requests per second and instance.
serve({ name: "payments", workers: 6, serviceMs: 120 });
