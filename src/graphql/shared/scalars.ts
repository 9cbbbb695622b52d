import { GraphQLError, Kind, type ValueNode } from 'graphql';
import { KinostatError } from '../../domain/errors.js';
import { formatDay, MAX_EPOCH_MS, parseDay } from '../../domain/time.js';
import { zoneOf } from '../../domain/zone.js';
import { builder } from '../builder.js';

const fail = (message: string): never => {
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
};

/** RFC 3339, with a zone: a local time without one could be any of 38. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$/;

builder.scalarType('DateTime', {
  description: 'An instant, RFC 3339 with milliseconds, UTC on output: 2026-11-21T09:30:00.000Z.',
  serialize: (epochMs) => new Date(epochMs).toISOString(),
  parseValue(value) {
    if (typeof value !== 'string' || !RFC_3339.test(value))
      return fail('DateTime must be RFC 3339 with a zone');
    const epochMs = Date.parse(value);
    return Number.isNaN(epochMs) ? fail('DateTime is not an instant of the calendar') : epochMs;
  },
});

/**
 * Any JSON number passes here: what a number may be depends on the item it belongs to, so that one bad item is
 * rejected on its own and the rest of its request is kept.
 */
const parseNumber = (name: string) => ({
  parseValue: (value: unknown): number =>
    typeof value === 'number' ? value : fail(`${name} must be a number`),
  parseLiteral: (node: ValueNode): number =>
    node.kind === Kind.INT || node.kind === Kind.FLOAT
      ? Number(node.value)
      : fail(`${name} must be a number`),
});

builder.scalarType('EpochMs', {
  description: 'An instant as milliseconds since 1970-01-01T00:00:00Z.',
  serialize: (value) => value,
  ...parseNumber('EpochMs'),
});

builder.scalarType('SafeInt', {
  description: 'An integer up to 2^53 - 1: counters, bytes and milliseconds outgrow the 32 bits of Int.',
  serialize: (value) => value,
  ...parseNumber('SafeInt'),
});

builder.scalarType('Date', {
  description: 'A civil day: 2026-11-21.',
  serialize: (day) => formatDay(day),
  parseValue(value) {
    const day = typeof value === 'string' ? parseDay(value) : null;
    return day ?? fail('Date must be a day of the calendar, yyyy-mm-dd');
  },
});

builder.scalarType('TimeZone', {
  description: 'An IANA time zone: Asia/Tokyo.',
  serialize: (value) => value,
  parseValue(value) {
    try {
      return zoneOf(String(value)).name;
    } catch (error) {
      return fail(error instanceof KinostatError ? error.message : 'TimeZone must be an IANA name');
    }
  },
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

builder.scalarType('UUID', {
  description: 'A UUID (RFC 9562); letters in lower case on output.',
  serialize: (value) => value,
  parseValue: (value) =>
    typeof value === 'string' && UUID.test(value)
      ? value.toLowerCase()
      : fail('UUID must look like 8-4-4-4-12 hex digits'),
});

builder.scalarType('JSON', {
  description: 'Any JSON value. Over its cap it is replaced by {"truncated":true}.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => fromLiteral(node, variables ?? {}),
});

function fromLiteral(node: ValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((value) => fromLiteral(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, fromLiteral(field.value, variables)]),
      );
    case Kind.VARIABLE:
      return variables[node.name.value];
    default:
      return node satisfies never;
  }
}

/** An instant that a Date can show: what a broken client once stored must not break a page. */
export const showable = (epochMs: number): number => Math.max(-MAX_EPOCH_MS, Math.min(MAX_EPOCH_MS, epochMs));

export const showableOrNull = (epochMs: number | null): number | null =>
  epochMs === null ? null : showable(epochMs);
