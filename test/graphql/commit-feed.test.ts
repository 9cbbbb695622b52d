import { describe, expect, it } from 'vitest';
import { CommitFeed } from '../../src/graphql/commit-feed.js';

describe('the feed of commits', () => {
  it('tells each listener of its own session only', () => {
    const feed = new CommitFeed();
    const heard: string[] = [];
    for (const uuid of ['a', 'a', 'b']) feed.listen('session', uuid, () => heard.push(uuid));
    feed.publish('session', new Set(['a', 'c']));
    expect(heard).toEqual(['a', 'a']);
  });

  it('does not take a job for a session of the same UUID', () => {
    const feed = new CommitFeed();
    const heard: string[] = [];
    feed.listen('session', 'a', () => heard.push('session'));
    feed.listen('extractionJob', 'a', () => heard.push('job'));
    feed.publish('extractionJob', ['a']);
    expect(heard).toEqual(['job']);
  });

  it('is silent after the end, however often it is ended', () => {
    const feed = new CommitFeed();
    const heard: string[] = [];
    const stop = feed.listen('session', 'a', () => heard.push('first'));
    feed.listen('session', 'a', () => heard.push('second'));
    stop?.();
    stop?.();
    feed.publish('session', new Set(['a']));
    expect(heard).toEqual(['second']);
  });

  it('has room for a thousand listeners, and for another when one leaves', () => {
    const feed = new CommitFeed();
    const stops = Array.from({ length: 1_000 }, (_, i) =>
      feed.listen('session', `${i % 7}`, () => undefined),
    );
    expect(stops).not.toContain(null);
    expect(feed.listen('session', 'a', () => undefined)).toBeNull();
    stops[0]?.();
    stops[0]?.();
    expect(feed.listen('session', 'a', () => undefined)).not.toBeNull();
    expect(feed.listen('session', 'a', () => undefined)).toBeNull();
  });
});
