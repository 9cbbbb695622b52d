import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../support/fake-clock.js';
import type { TestApp } from '../support/app.js';
import { T0, uuid } from '../support/commands.js';
import { bootContractApp } from '../support/contract-app.js';

let t: TestApp;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock(T0);
  t = await bootContractApp(clock, { KINOSTAT_VIEWER_ROTATION_DAYS: '30' });
  await t.data(
    `mutation { upsertVideo(input: { videoKey: "v1", title: "One", sourceType: LOCAL, durationMs: 100000 }) { accepted } }`,
  );
  await t.app.writer.drain();
});
afterEach(() => t[Symbol.asyncDispose]());

const RECEIPT = 'accepted duplicates dropped rejected { code }';
const start = async (fields = '') => {
  const { startPlayback } = await t.data<{
    startPlayback: { playbackToken: string; viewerUuid: string | null; heartbeatIntervalMs: number };
  }>(
    `mutation { startPlayback(input: { videoKey: "v1" ${fields} }) {
      playbackToken viewerUuid heartbeatIntervalMs receipt { accepted } } }`,
  );
  await t.app.writer.drain();
  return startPlayback;
};
const commit = async (name: string, input: string) => {
  const asked = t.data<Record<string, { rejected: { code: string }[]; duplicates: number }>>(
    `mutation { ${name}(input: { ${input} durability: COMMITTED }) { ${RECEIPT} } }`,
  );
  return (await asked)[name];
};

describe('a player', () => {
  it('starts, reports and ends; the playback is found by token, by list and on its video', async () => {
    const { playbackToken: token, heartbeatIntervalMs } = await start('quality: "720p"');
    expect(heartbeatIntervalMs).toBe(10_000);
    for (const seconds of [10, 20]) {
      await clock.advance(10_000);
      await t.data(
        `mutation { playbackHeartbeat(input: { playbackToken: "${token}", positionMs: ${seconds}000 }) { accepted } }`,
      );
      await t.app.writer.drain();
    }
    await clock.advance(5_000);
    await t.data(
      `mutation { endPlayback(input: { playbackToken: "${token}", positionMs: 25000 }) { accepted } }`,
    );
    await t.app.writer.drain();
    const fields = `playbackToken status quality watchedMs furthestMs watchedShare watchedParts isCompleted isPlaying
      startedAt endedAt viewerUuid`;
    const data = await t.data<{
      playback: Record<string, unknown>;
      playbacks: { totalCount: number; edges: { node: { video: { title: string } } }[] };
      video: { playbacks: { edges: { node: unknown }[] } };
    }>(`{
      playback(playbackToken: "${token}") { ${fields} }
      playbacks(filter: { videoKey: "v1", status: ENDED }) { totalCount edges { node { video { title } } } }
      video(videoKey: "v1") { playbacks { edges { node { ${fields} } } } }
    }`);
    expect(data.playback).toEqual({
      playbackToken: token,
      status: 'ENDED',
      quality: '720p',
      watchedMs: 25_000,
      furthestMs: 25_000,
      watchedShare: 0.26,
      watchedParts: Array.from({ length: 26 }, (_, bin) => bin),
      isCompleted: false,
      isPlaying: false,
      startedAt: new Date(T0).toISOString(),
      endedAt: new Date(T0 + 25_000).toISOString(),
      viewerUuid: null,
    });
    expect(data.playbacks).toEqual({ totalCount: 1, edges: [{ node: { video: { title: 'One' } } }] });
    expect(data.video.playbacks.edges[0]?.node).toEqual(data.playback);
  });

  it('is told by code what was not taken, and the writer counts it', async () => {
    const { playbackToken } = await start();
    const token = `playbackToken: "${playbackToken}"`;
    expect(await commit('playbackHeartbeat', `${token}, positionMs: 200000`)).toMatchObject({
      rejected: [{ code: 'POSITION_BEYOND_DURATION' }],
    });
    expect(await commit('playbackHeartbeat', `playbackToken: "${uuid(404)}", positionMs: 1`)).toMatchObject({
      rejected: [{ code: 'SESSION_UNKNOWN' }],
    });
    expect(await commit('endPlayback', token)).toMatchObject({ rejected: [], duplicates: 0 });
    expect(await commit('endPlayback', token)).toMatchObject({ rejected: [], duplicates: 1 });
    await clock.advance(1_000);
    expect(await commit('playbackHeartbeat', `${token}, positionMs: 2000`)).toMatchObject({
      rejected: [{ code: 'PLAYBACK_ENDED' }],
    });
    expect(t.app.writer.status().deadLetters).toBe(3);
    for (const bad of ['-1', '1e999', '9007199254740993', '99999999999999']) {
      expect(await commit('playbackHeartbeat', `${token}, positionMs: ${bad}`)).toMatchObject({
        accepted: 0,
        rejected: [{ code: 'INVALID_VALUE' }],
      });
    }
    const { status, errors } = await t.ask(
      'mutation($p: SafeInt) { playbackHeartbeat(input: { playbackToken: "' +
        playbackToken +
        '", positionMs: $p }) { accepted } }',
      { p: 'NaN' },
    );
    expect([status, errors?.[0]?.extensions.code]).toEqual([200, 'BAD_USER_INPUT']);
    expect(await t.app.metrics.registry.getSingleMetricAsString('kinostat_ingest_rejected_total')).toContain(
      'code="INVALID_VALUE"} 4',
    );
  });

  it('does not wait for storage', async () => {
    await t.app.writer.drain();
    const before = t.app.writer.status();
    await t.data('mutation { startPlayback(input: { videoKey: "v1" }) { playbackToken } }');
    // One more waits, and none was written for the answer.
    expect(t.app.writer.status()).toMatchObject({ depth: before.depth + 1, flushed: before.flushed });
  });
});

describe('a viewer', () => {
  it('is nobody unless asked for, keeps its random id, and gets a new one when it is old or foreign', async () => {
    expect((await start()).viewerUuid).toBeNull();
    const { viewerUuid: first } = await start('newViewer: true');
    expect((await start(`viewerUuid: "${first}"`)).viewerUuid).toBe(first);
    await clock.advance(31 * 86_400_000);
    const { viewerUuid: second } = await start(`viewerUuid: "${first}"`);
    expect(second).not.toBe(first);
    expect((await start(`viewerUuid: "${uuid(1)}"`)).viewerUuid).not.toBe(uuid(1));
    const { playbacks, viewer } = await t.data<{ playbacks: unknown; viewer: unknown }>(
      `{ playbacks(filter: { viewerUuid: "${first}" }) { totalCount }
        viewer(viewerUuid: "${second}") { firstSeenAt } }`,
    );
    expect(playbacks).toEqual({ totalCount: 2 });
    expect(viewer).toEqual({ firstSeenAt: new Date(clock.now()).toISOString() });
  });

  it('is forgotten: its playbacks stay, and nothing leads from them to it', async () => {
    const { viewerUuid, playbackToken } = await start('newViewer: true');
    const forget = () =>
      t.data<{ forgetViewer: boolean }>(`mutation { forgetViewer(viewerUuid: "${viewerUuid}") }`);
    expect(await forget()).toEqual({ forgetViewer: true });
    expect(await forget()).toEqual({ forgetViewer: false });
    expect(
      await t.data(`{ viewer(viewerUuid: "${viewerUuid}") { firstSeenAt }
        playback(playbackToken: "${playbackToken}") { viewerUuid status } }`),
    ).toEqual({ viewer: null, playback: { viewerUuid: null, status: 'ACTIVE' } });
    const audited = await t.app.backend.read({ sql: 'SELECT subject FROM sys_audit_log', params: [] });
    expect(audited).toEqual([['viewer']]);
  });
});

describe('a page of playbacks', () => {
  it('costs one query for its videos', async () => {
    for (let n = 2; n <= 5; n += 1) {
      await t.data(
        `mutation { upsertVideo(input: { videoKey: "v${n}", title: "T${n}", sourceType: LOCAL }) { accepted }
          startPlayback(input: { videoKey: "v${n}" }) { playbackToken } }`,
      );
    }
    await t.app.writer.drain();
    const { backend } = t.app;
    const statements: string[] = [];
    const read = backend.read.bind(backend);
    backend.read = (statement) => {
      statements.push(statement.sql);
      return read(statement);
    };
    await t.data('{ playbacks { edges { node { playbackToken video { title } } } } }');
    expect(statements.length).toBe(2);
  });
});
