// The yardstick of `ingest`: Fastify, Mercurius and graphql-jit with our schema, and a resolver that does nothing.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { createSchema } from '../dist/graphql/schema.js';

const schema = createSchema();
schema.getMutationType().getFields().recordTelemetry.resolve = (_root, { input }) => ({
  accepted: input.samples.length,
  dropped: 0,
});

const app = Fastify({ bodyLimit: 1_048_576 });
// Compiled after one run, as it would be in production.
await app.register(mercurius, { schema, jit: 1 });
console.log(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}`);
process.once('SIGTERM', () => void app.close());
