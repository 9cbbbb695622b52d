import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { start, T0, uuid } from '../support/commands.js';
import { expectNoInternals, post } from './raw-body.js';

let server: TestApp;
let videoId = '';
let sessionId = '';
beforeAll(async () => {
  server = await bootApp();
  await server.app.store.apply([[start(1, 'v1'), start(2, 'v2')]], T0);
  const found = await server.data<{ video: { id: string }; session: { id: string } }>(
    `{ video(videoKey: "v1") { id } session(sessionUuid: "${uuid(1)}") { id } }`,
  );
  videoId = found.video.id;
  sessionId = found.session.id;
});
afterAll(() => server[Symbol.asyncDispose]());

const FIELDS = '__typename id ... on Video { videoKey } ... on Session { sessionUuid }';
const node = (id: string) => server.data(`query ($id: ID!) { node(id: $id) { ${FIELDS} } }`, { id });
const nodes = (ids: readonly string[]) =>
  server.data(`query ($ids: [ID!]!) { nodes(ids: $ids) { ${FIELDS} } }`, { ids });

describe('node', () => {
  it('finds a video by its id', async () => {
    expect(await node(videoId)).toEqual({ node: { __typename: 'Video', id: videoId, videoKey: 'v1' } });
  });

  it('finds a session by its id', async () => {
    expect(await node(sessionId)).toEqual({
      node: { __typename: 'Session', id: sessionId, sessionUuid: uuid(1) },
    });
  });

  it('gives a session the same id wherever it is met', async () => {
    const { sessions } = await server.data<{ sessions: { edges: { node: { id: string } }[] } }>(
      '{ sessions { edges { node { id } } } }',
    );
    expect(sessions.edges.map((edge) => edge.node.id)).toContain(sessionId);
  });

  it.each([
    ['a video that is not there', 'Video:999999'],
    ['a session that is not there', `Session:${uuid(99)}`],
    ['a session without a UUID', 'Session:hello'],
    ['a session in words of SQL', "Session:' OR 1=1 --"],
  ])('of %s is null', async (_what, id) => {
    expect(await node(btoa(id))).toEqual({ node: null });
  });

  it.each([
    ['garbage', '%%%'],
    ['nothing', ''],
    ['a type nobody has', btoa('Password:1')],
    ['a type that is no node', btoa('ServerStatus:1')],
    ['no number', btoa('Video:abc')],
    ['half a number', btoa('Video:1.5')],
    ['an endless number', btoa('Video:1e999')],
    ['no key at all', btoa('Video:')],
    ['a number', btoa('1')],
    ['a name of an object', btoa('__proto__:1')],
  ])('of %s is null or one coded error, never a failure of the server', async (_what, id) => {
    const result = await post(
      server,
      JSON.stringify({ query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id } }),
    );
    expect(result.status).toBeLessThan(500);
    const codes = result.errors.map(({ extensions }) => extensions.code);
    expect([[], ['BAD_USER_INPUT'], ['NOT_FOUND']]).toContainEqual(codes);
    expect(result.data?.['node'] ?? null).toBeNull();
    expectNoInternals(result.text, server);
  });
});

describe('nodes', () => {
  it('answers in the order of the ids, with null for what is not there', async () => {
    const answer = await nodes([sessionId, btoa('Video:999999'), videoId, sessionId]);
    expect(answer).toMatchObject({
      nodes: [{ sessionUuid: uuid(1) }, null, { videoKey: 'v1' }, { sessionUuid: uuid(1) }],
    });
  });

  it('reads sessions together, however many are asked for', async () => {
    await server.app.store.apply([[3, 4, 5].map((n) => start(n, 'v1'))], T0);
    const { backend } = server.app;
    const { read } = backend;
    const asked: string[] = [];
    backend.read = (statement) => {
      asked.push(statement.sql);
      return read.call(backend, statement);
    };
    try {
      const ids = [1, 2, 3, 4, 5].map((n) => btoa(`Session:${uuid(n)}`));
      expect((await nodes(ids))['nodes']).toMatchObject(
        [1, 2, 3, 4, 5].map((n) => ({ sessionUuid: uuid(n) })),
      );
    } finally {
      backend.read = read;
    }
    expect(asked.filter((sql) => sql.includes('imm_sessions'))).toHaveLength(1);
  });

  it('answers nothing for nothing', async () => {
    expect(await nodes([])).toEqual({ nodes: [] });
  });
});
