import type { Setting } from './setting.js';

/** The value of a setting from its text; with a problem it is the default. */
export function parseSetting(
  setting: Setting,
  raw: string,
): { value: number | string | boolean | readonly string[]; problem: string | null } {
  switch (setting.type) {
    case 'integer': {
      const value = Number(raw);
      const isValid = /^-?\d+$/.test(raw) && value >= setting.min && value <= setting.max;
      return isValid
        ? { value, problem: null }
        : { value: setting.default, problem: `must be an integer from ${setting.min} to ${setting.max}` };
    }
    case 'choice': {
      const isValid = setting.choices.includes(raw);
      return isValid
        ? { value: raw, problem: null }
        : { value: setting.default, problem: `must be one of ${setting.choices.join(', ')}` };
    }
    case 'boolean': {
      const isValid = ['true', 'false', '1', '0'].includes(raw);
      return { value: raw === 'true' || raw === '1', problem: isValid ? null : 'must be true or false' };
    }
    case 'list':
      return {
        value: raw
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
        problem: null,
      };
    case 'text':
      return { value: raw, problem: null };
    default:
      return setting satisfies never;
  }
}
