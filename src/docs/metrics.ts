import { createMetrics } from '../observability/metrics.js';
import { code, generatedNote, markdownTable, toText } from './markdown.js';

/** docs/metrics.md: every metric of the registry that `/metrics` prints. */
export async function renderMetrics(): Promise<string> {
  const { registry } = createMetrics();
  const metrics = await registry.getMetricsAsJSON();
  const rows = metrics
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, help }) => {
      const labels = labelsOf(registry.getSingleMetric(name));
      return [code(name), String(type), labels.map(code).join(', '), help];
    });
  return toText([
    generatedNote('src/observability/metrics.ts'),
    '',
    '# Metrics',
    '',
    '`GET /metrics` answers in the Prometheus text format. It needs the scope `read` as soon as a token exists.',
    'Counters begin at 0 with the process. Label values come from closed sets.',
    '[operations.md](operations.md#what-to-alarm-on) says which of these deserve an alarm.',
    '',
    ...markdownTable(['Metric', 'Type', 'Labels', 'What it tells'], rows),
    '',
    'Beside them there are the metrics of the process itself, as prom-client collects them, with the prefix',
    '`kinostat_`: CPU, resident memory, heap, open files, event loop lag and garbage collection. Their set depends on the',
    'operating system. Examples are `kinostat_process_resident_memory_bytes` and `kinostat_nodejs_eventloop_lag_seconds`.',
  ]);
}

/** prom-client keeps label names on every metric, but not in its public types. */
function labelsOf(metric: unknown): readonly string[] {
  if (typeof metric !== 'object' || metric === null || !('labelNames' in metric)) return [];
  const { labelNames } = metric;
  return Array.isArray(labelNames) ? labelNames.map(String) : [];
}
