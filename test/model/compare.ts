/** Quotients may differ in the last digits: the order of additions is nobody's promise. */
const TOLERANCE = 1e-9;
const MAX_SHOWN = 8;

/** Throws, naming every place where the answers differ. Integers are compared exactly. */
export function expectSame(question: string, expected: unknown, actual: unknown): void {
  const differences: string[] = [];
  collect('', expected, actual, differences);
  if (differences.length === 0) return;
  const shown = differences.slice(0, MAX_SHOWN).join('\n  ');
  const more = differences.length > MAX_SHOWN ? `\n  and ${differences.length - MAX_SHOWN} more` : '';
  throw new Error(`${question}: the answer is not the model's\n  ${shown}${more}`);
}

function collect(path: string, expected: unknown, actual: unknown, found: string[]): void {
  if (isObject(expected) && isObject(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      collect(`${path}/${key}`, expected[key], actual[key], found);
    }
  } else if (!isSameValue(expected, actual)) {
    found.push(`${path}: model ${JSON.stringify(expected)}, answer ${JSON.stringify(actual)}`);
  }
}

function isSameValue(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== 'number' || typeof actual !== 'number') return expected === actual;
  if (Number.isInteger(expected) && Number.isInteger(actual)) return expected === actual;
  return Math.abs(expected - actual) <= TOLERANCE * Math.max(Math.abs(expected), Math.abs(actual));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
